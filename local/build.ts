import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { FunctionSpec } from '../functions/registry.ts';
import { FUNCTIONS } from './functions.ts';

/** Where functions are bundled from; the project's own unless said otherwise. */
export interface FunctionSource {
  /** Folder of their files. */
  readonly root: string;
  readonly functions: readonly Pick<FunctionSpec, 'name' | 'file'>[];
}

const PROJECT: FunctionSource = {
  root: resolve(import.meta.dirname, '../functions'),
  functions: FUNCTIONS,
};

/** Packages in CommonJS, such as `pg`, ask for Node's own modules with `require`, which a module file has not. */
const REQUIRE = "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);";

/**
 * Bundles every function to `<outDir>/<name>/index.mjs`, as it is deployed (docs/decisions/0001). One build for each: entry points of
 * one build share what is kept, so that each function would carry the packages of all.
 * @param outDir taken from the current folder when relative
 * @returns the names of those that were built; the others had not changed since their last build
 */
export async function buildFunctions(outDir = 'build/functions', source = PROJECT): Promise<string[]> {
  const stateOf = statesOnce();
  const built = await Promise.all(
    source.functions.map(({ name, file }) =>
      buildFunction(resolve(outDir, name), join(source.root, `${file}.ts`), stateOf),
    ),
  );
  return source.functions.map(({ name }) => name).filter((_, index) => built[index]);
}

async function buildFunction(outDir: string, entry: string, stateOf: StateOf): Promise<boolean> {
  const outfile = join(outDir, 'index.mjs');
  /** What the last build read, with size and time of change of each file. Beside the bundle: it is not deployed. */
  const stampFile = `${outDir}.inputs.json`;
  if (await upToDate(outfile, stampFile, stateOf)) return false;
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    external: ['pg-native'],
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs).map((file) => resolve(file));
  await replaceFile(outfile, outputFiles[0]!.contents);
  await replaceFile(stampFile, JSON.stringify(await stampOf(inputs, stateOf)));
  return true;
}

/** Size and time of change of a file, by which it is known again. */
type StateOf = (file: string) => Promise<string>;

/** Looks at each file once: the functions share most of what they are made of. */
function statesOnce(): StateOf {
  const states = new Map<string, Promise<string>>();
  const look = async (file: string) => {
    const { size, mtimeMs } = await stat(file);
    return `${size} ${mtimeMs}`;
  };
  return (file) => {
    if (!states.has(file)) states.set(file, look(file));
    return states.get(file)!;
  };
}

async function stampOf(files: readonly string[], stateOf: StateOf): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await stateOf(file)] as const)));
}

async function upToDate(outfile: string, stampFile: string, stateOf: StateOf): Promise<boolean> {
  try {
    const before = await readFile(stampFile, 'utf8');
    await stat(outfile);
    return JSON.stringify(await stampOf(Object.keys(JSON.parse(before) as object), stateOf)) === before;
  } catch {
    return false; // no build yet, or a file that is gone
  }
}

/** A file appears whole or not at all: another process may be reading the old one. */
async function replaceFile(path: string, contents: string | Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(draft, contents);
  await rename(draft, path);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildFunctions();
