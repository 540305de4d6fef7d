import { createHash, randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Metafile, OutputFile } from 'esbuild';
import { AUTHORIZER, FUNCTIONS, type FunctionSpec } from '../functions/registry.ts';
import { BUILTIN, builtinsWhenUsed } from './builtins-when-used.ts';
import { withBundler } from './bundler.ts';
import { pkijsWithoutUnused } from './pkijs-without-unused.ts';
import type { DescribedBuild } from './sbom/bundled-packages.ts';

/** Where functions are bundled from; the project's own unless said otherwise. */
export interface FunctionSource {
  /** Folder of their files. */
  readonly root: string;
  readonly functions: readonly Pick<FunctionSpec, 'name' | 'file'>[];
}

const PROJECT: FunctionSource = {
  root: resolve(import.meta.dirname, '../functions'),
  functions: [...FUNCTIONS, AUTHORIZER],
};

/** Packages in CommonJS, such as `pg`, ask for Node's own modules with `require`, which a module file has not. */
const REQUIRE = "const require=process.getBuiltinModule('module').createRequire(import.meta.url);";

/** In each build: what it was made from. */
const STAMP = 'stamp.json';

/** Files beside the sources that decide what a build is. */
const RECIPE = [
  'build.ts',
  'builtins-when-used.ts',
  'bundler.ts',
  'pkijs-without-unused.ts',
  '../package-lock.json',
].map((file) => resolve(import.meta.dirname, file));

/** An earlier build is kept this long: a system that started with it imports from it. */
const KEPT_MS = 86_400_000;

/** What came of a build. */
interface FunctionBuild {
  /** Holds `<name>/index.mjs` of each function; stays as it is when a later build takes its place. */
  readonly folder: string;
  /** False when nothing had changed since the last build. */
  readonly fresh: boolean;
}

/**
 * Bundles every function to `<outDir>/<name>/`, a folder that is deployed as it is: `index.mjs` and the chunks that it
 * imports, which it has in common with other functions. All are made in one run, so that what they share is read once.
 * @param outDir becomes a link to the build, which appears whole or not at all; taken from the current folder when relative
 */
export async function buildFunctions(outDir = 'build/functions', source = PROJECT): Promise<FunctionBuild> {
  const target = resolve(outDir);
  const last = await realpath(target).catch(() => undefined);
  if (last && (await upToDate(last, source))) {
    await utimes(last, new Date(), new Date());
    return { folder: last, fresh: false };
  }
  const startedAt = Date.now();
  const { outputs, inputs } = await bundleAll(source);
  // A file that was saved meanwhile may be in the build in either form: then the next call builds anew.
  const isSettled = inputs.every((file) => Math.floor(statSync(file).mtimeMs) <= startedAt);
  const folder = await keep(`${target}.builds`, outputs, isSettled ? stampOf(source, inputs) : '{}');
  await pointTo(target, folder);
  if (last) await utimes(last, new Date(), new Date()); // its day begins when another takes its place
  await removeOld(dirname(folder), folder);
  return { folder, fresh: true };
}

/** One file of a build, with the files that it imports. */
interface Output {
  readonly contents: Uint8Array;
  readonly imports: readonly string[];
}

interface Bundled {
  /** By path: `<name>.mjs` of each function, and the chunks in `chunks/`. */
  readonly outputs: ReadonlyMap<string, Output>;
  readonly inputs: readonly string[];
  readonly metafile: Metafile;
}

/** What the bundles of the functions are made from. */
export async function describeFunctions(): Promise<DescribedBuild> {
  const { metafile } = await bundleAll(PROJECT);
  return { metafile, root: PROJECT.root, nameOf: (output) => (isEntry(output) ? nameOf(output) : undefined) };
}

/** The authorizer apart from the others: each further function with which they share makes more and smaller chunks of all. */
async function bundleAll({ root, functions }: FunctionSource): Promise<Bundled> {
  const [apart = [], together = []] = [true, false].map((isApart) =>
    functions.filter(({ name }) => (name === AUTHORIZER.name) === isApart),
  );
  const bundles = [await bundle(root, together), ...(apart.length > 0 ? [await bundle(root, apart)] : [])];
  const inputs = Object.assign({}, ...bundles.map(({ metafile }) => metafile.inputs)) as Metafile['inputs'];
  const made = Object.assign({}, ...bundles.map(({ metafile }) => metafile.outputs)) as Metafile['outputs'];
  const contents = new Map(
    bundles.flatMap(({ outputFiles }) => outputFiles.map((file) => [file.path, withRequire(file)])),
  );
  const outputs = Object.entries(made).map(([path, { imports }]) => {
    return [path, { contents: contents.get(join(root, path))!, imports: own(imports) }] as const;
  });
  const files = Object.keys(inputs).filter((input) => !input.startsWith(`${BUILTIN}:`));
  const sources = files.map((file) => resolve(root, file));
  return { outputs: new Map(outputs), inputs: [...RECIPE, ...sources], metafile: { inputs, outputs: made } };
}

const withRequire = ({ text, contents }: OutputFile): Uint8Array =>
  /\brequire\b/.test(text) ? Buffer.concat([Buffer.from(REQUIRE), contents]) : contents;

const bundle = (root: string, functions: FunctionSource['functions']) =>
  withBundler((build) =>
    build({
      entryPoints: Object.fromEntries(functions.map(({ name, file }) => [name, join(root, `${file}.ts`)])),
      absWorkingDir: root,
      outdir: root,
      outExtension: { '.js': '.mjs' },
      chunkNames: 'chunks/[hash]',
      bundle: true,
      splitting: true,
      minify: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      mainFields: ['module', 'main'],
      external: ['pg-native'],
      plugins: [builtinsWhenUsed, pkijsWithoutUnused],
      legalComments: 'none',
      logLevel: 'warning',
      write: false,
      metafile: true,
    }),
  );

/** Imports that are part of the build, those that wait until they are used among them. */
function own(imports: Metafile['outputs'][string]['imports']): string[] {
  return imports.filter(({ external }) => !external).map(({ path }) => path);
}

/** Writes a build to a folder of its own below `builds`, named for what is in it. @returns the folder */
async function keep(builds: string, outputs: Bundled['outputs'], stamp: string): Promise<string> {
  const hash = createHash('sha256').update(await readFile(import.meta.filename)); // lays it out
  for (const [path, { contents }] of [...outputs].sort()) hash.update(path).update(contents);
  const folder = join(builds, hash.digest('hex').slice(0, 16));
  const draft = `${folder}.${randomUUID()}`;
  await packAll(outputs, draft);
  await writeFile(join(draft, STAMP), stamp);
  try {
    await rename(draft, folder);
  } catch {
    await replaceSame(draft, folder, [...outputs.keys()].filter(isEntry));
  }
  return folder;
}

/** Where the same has been built before: its sources have other times of change now, or somebody removed files of it. */
async function replaceSame(draft: string, folder: string, entries: readonly string[]): Promise<void> {
  if (isWhole(folder, entries.map(nameOf))) {
    await rename(join(draft, STAMP), join(folder, STAMP));
    await rm(draft, { recursive: true });
  } else {
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
}

const isWhole = (folder: string, names: readonly string[]): boolean =>
  names.every((name) => existsSync(join(folder, name, 'index.mjs')));

/** Lays out a folder for each function. A file is written once; the functions that have it in common hold links to it. */
async function packAll(outputs: Bundled['outputs'], draft: string): Promise<void> {
  const all = join(draft, '.all');
  await mkdir(join(all, 'chunks'), { recursive: true });
  for (const [path, { contents }] of outputs) await writeFile(join(all, path), contents);
  for (const entry of [...outputs.keys()].filter(isEntry)) {
    const folder = join(draft, nameOf(entry));
    await mkdir(join(folder, 'chunks'), { recursive: true });
    for (const path of reached(entry, outputs)) {
      const file = join(folder, path === entry ? 'index.mjs' : path);
      await link(join(all, path), file).catch(() => copyFile(join(all, path), file)); // not every file system has links
    }
  }
  await rm(all, { recursive: true });
}

const nameOf = (entry: string): string => basename(entry, '.mjs');
const isEntry = (path: string): boolean => dirname(path) === '.';

/** The entry and all that it imports, directly or not. */
function reached(entry: string, outputs: Bundled['outputs']): ReadonlySet<string> {
  const found = new Set([entry]);
  for (const path of found) for (const imported of outputs.get(path)!.imports) found.add(imported);
  return found;
}

/** What a build was made from, with size and time of change of each file, by which it is known again. */
function stampOf({ functions }: FunctionSource, files: readonly string[]): string {
  const states = files.map((file) => {
    const { size, mtimeMs } = statSync(file);
    return [file, size, mtimeMs];
  });
  const entries = functions.map(({ name, file }) => [name, file]);
  return JSON.stringify({ entries, states });
}

async function upToDate(folder: string, source: FunctionSource): Promise<boolean> {
  try {
    const stamp = await readFile(join(folder, STAMP), 'utf8');
    const { states } = JSON.parse(stamp) as { states: readonly [string, number, number][] };
    return (
      isWhole(
        folder,
        source.functions.map(({ name }) => name),
      ) &&
      stampOf(
        source,
        states.map(([file]) => file),
      ) === stamp
    );
  } catch {
    return false; // no build yet, or a file that is gone
  }
}

/** Makes `target` a link to the folder. What stands there otherwise, such as a build of an earlier version, goes. */
async function pointTo(target: string, folder: string): Promise<void> {
  const draft = `${target}.${randomUUID()}`;
  await symlink(relative(dirname(target), folder), draft);
  const stands = await lstat(target).catch(() => undefined);
  if (stands?.isDirectory()) await rm(target, { recursive: true, force: true });
  await rename(draft, target);
}

async function removeOld(builds: string, current: string): Promise<void> {
  for (const name of await readdir(builds)) {
    const folder = join(builds, name);
    const { mtimeMs } = statSync(folder, { throwIfNoEntry: false }) ?? { mtimeMs: Number.POSITIVE_INFINITY };
    if (folder !== current && mtimeMs < Date.now() - KEPT_MS) await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await buildFunctions();
