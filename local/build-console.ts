import { createHash, randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join, parse, resolve } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';
import { withBundler } from './bundler.ts';
import type { DescribedBuild } from './sbom/bundled-packages.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const CONSOLE = join(PROJECT, 'console');
const TEXTS = join(CONSOLE, 'texts');
/** Each build has a folder of its own below this one, named for its sources. */
const BUILDS = join(PROJECT, 'build/console.builds');
/** Builds of earlier sources are kept this long: a system that started with one serves it. */
const KEPT_MS = 86_400_000;

/**
 * Builds the console's page, unless that was done for the same sources before: scripts, style sheet and texts beside the html,
 * ready for any static host. It needs a `config.json` beside it (console/app/session.ts).
 * @returns the folder, which stays as it is
 */
export async function buildConsole(): Promise<string> {
  const folder = join(BUILDS, await sourcesHash());
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${randomUUID()}`;
  await mkdir(draft, { recursive: true });
  const entries = await bundle(draft);
  const page = await readFile(join(CONSOLE, 'index.html'), 'utf8');
  await writeFile(
    join(draft, 'index.html'),
    page.replace(/main\.(css|js)/g, (name) => entries.get(name)!),
  );
  await cp(TEXTS, join(draft, 'texts'), { recursive: true });
  await rename(draft, folder).catch(() => rm(draft, { recursive: true })); // another process was first
  await removeOld(folder);
  return folder;
}

/** @returns the file of each entry, by the name that index.html has for it; a name changes with what is in the file */
async function bundle(outdir: string): Promise<ReadonlyMap<string, string>> {
  const { metafile } = await bundled(outdir, true);
  const files = Object.keys(metafile.outputs).map((path) => basename(path));
  return new Map(['main.js', 'main.css'].map((name) => [name, files.find((file) => isBuildOf(name, file))!]));
}

/** What the page is made from. */
export async function describeConsole(): Promise<DescribedBuild> {
  const { metafile } = await bundled(BUILDS, false);
  return {
    metafile,
    root: PROJECT,
    nameOf: (output) => (isBuildOf('main.js', basename(output)) ? 'console' : undefined),
  };
}

async function bundled(outdir: string, write: boolean): Promise<{ readonly metafile: Metafile }> {
  const define = { LANGUAGES: JSON.stringify(await languages()), 'process.env.NODE_ENV': '"production"' };
  return await withBundler((build) =>
    build({
      absWorkingDir: PROJECT,
      entryPoints: [join(CONSOLE, 'main.tsx')],
      outdir,
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      jsx: 'automatic',
      target: 'es2022',
      define,
      loader: { '.woff': 'dataurl', '.woff2': 'dataurl' },
      entryNames: '[name]-[hash]',
      chunkNames: '[name]-[hash]',
      legalComments: 'linked',
      logLevel: 'warning',
      metafile: true,
      plugins: [ONE_BY_ONE],
      write,
    }),
  );
}

/** Imports each component from a file of its own: from the index, the styles of all others came along. */
const ONE_BY_ONE: Plugin = {
  name: 'one by one',
  setup(build) {
    build.onLoad({ filter: /\/console\/.*\.tsx$/ }, async ({ path }) => ({
      loader: 'tsx',
      contents: (await readFile(path, 'utf8')).replace(
        /import \{([^}]+)\} from '(@cloudscape-design\/components)';/,
        (_, names: string, library: string) =>
          names
            .split(',')
            .map((name) => name.trim())
            .filter((name) => name !== '' && !name.startsWith('type '))
            .map((name) => `import ${name} from '${library}/${name.replaceAll(/\B[A-Z]/g, '-$&').toLowerCase()}';`)
            .join(''),
      ),
    }));
  },
};

/** `main-ABCDEFGH.js` of `main.js`. */
const isBuildOf = (name: string, file: string): boolean =>
  file.startsWith(`${parse(name).name}-`) && extname(file) === extname(name);

/** The languages that there are files for, each with its own name for itself. */
async function languages(): Promise<{ code: string; name: string }[]> {
  const files = (await readdir(TEXTS)).sort();
  return Promise.all(
    files.map(async (file) => {
      const texts = JSON.parse(await readFile(join(TEXTS, file), 'utf8')) as Record<string, string>;
      return { code: basename(file, '.json'), name: texts['language.name']! };
    }),
  );
}

/** Of all that the page is made from, by size and time of change. */
async function sourcesHash(): Promise<string> {
  const sources = ['console', 'client'].map(async (folder) => {
    const entries = await readdir(join(PROJECT, folder), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  });
  const files = [...(await Promise.all(sources)).flat(), import.meta.filename, join(PROJECT, 'package-lock.json')];
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(JSON.stringify([file, size, mtimeMs]));
  }
  return hash.digest('hex').slice(0, 16);
}

async function removeOld(current: string): Promise<void> {
  for (const name of await readdir(BUILDS)) {
    const folder = join(BUILDS, name);
    const { mtimeMs } = statSync(folder, { throwIfNoEntry: false }) ?? { mtimeMs: Number.POSITIVE_INFINITY };
    if (folder !== current && mtimeMs < Date.now() - KEPT_MS) await rm(folder, { recursive: true, force: true });
  }
}

/** Where `infra/` takes the page from. */
async function layOut(folder: string): Promise<void> {
  const target = join(PROJECT, 'build/console');
  await rm(target, { recursive: true, force: true });
  await cp(folder, target, { recursive: true });
}

if (import.meta.main) await layOut(await buildConsole());
