import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/** Namespace of the modules of Node among the inputs of a build: they are no files. */
export const BUILTIN = 'builtin';

/**
 * Lets a bundle take a module of Node as `require` does. `import` reads every export of it at once, and in Node 24 some
 * exports load other modules when they are read: with `node:http` come `fetch` and web sockets.
 */
export const builtinsWhenUsed: Plugin = {
  name: 'builtins-when-used',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      kind.includes('import') && isBuiltin(path) ? { path, namespace: BUILTIN } : undefined,
    );
    onLoad({ filter: /./, namespace: BUILTIN }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }));
  },
};
