import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import type { Run } from './measured.ts';

export const megabytes = (bytes: number): number => bytes / 1e6;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Such as `1.31 (1.28 to 1.36)`: the median and how far the runs lie apart. */
export function spread(values: readonly number[], digits = 2): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}

/** Runs the variants in turn, A B A B ..., so that other work on the machine slows all of them alike. */
export async function inTurn<Name extends string>(
  times: number,
  variants: Readonly<Record<Name, () => Promise<Run>>>,
): Promise<Record<Name, Run[]>> {
  const names = Object.keys(variants) as Name[];
  const runs = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Run[]>;
  for (let time = 0; time < times; time++) for (const name of names) runs[name].push(await variants[name]());
  return runs;
}

/** A figure of A divided by one of B, for each pair. */
export const ratios = (a: readonly Run[], b: readonly Run[], figureOfA: string, figureOfB = figureOfA): number[] =>
  a.map((run, i) => run[figureOfA]! / b[i]![figureOfB]!);

/** Gives `work` a folder of its own, which is removed however the process ends, unless it is killed. */
export async function inTemporaryFolder<Result>(
  name: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

const PROJECT = resolve(import.meta.dirname, '..');
const bundles = new Map<string, string>();

/** Packages in CommonJS, such as `pg`, ask for Node's own modules with `require`, as in local/build.ts. */
const REQUIRE = "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);";

/** Bundles a variant as the functions are bundled: what is measured is what is deployed. */
function bundleOf(file: string): string {
  const outfile = bundles.get(file) ?? resolve(PROJECT, 'build/bench', basename(file).replace(/ts$/, 'mjs'));
  if (!bundles.has(file)) {
    const { outputFiles } = buildSync({
      entryPoints: [resolve(PROJECT, file)],
      outfile,
      bundle: true,
      write: false,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      external: ['tar-stream', 'pg-native'],
      banner: { js: REQUIRE },
      mainFields: ['module', 'main'],
    });
    // Renamed, so that another benchmark never reads half a bundle.
    const draft = `${outfile}.${process.pid}`;
    mkdirSync(dirname(outfile), { recursive: true });
    writeFileSync(draft, outputFiles[0]!.contents);
    renameSync(draft, outfile);
    bundles.set(file, outfile);
  }
  return outfile;
}

/** Runs one variant in a Node process of its own. @param file from the project's root; it calls `measured` of bench/measured.ts */
export const inChild = (file: string, ...args: (string | number)[]): Promise<Run> => inChildWith('', file, ...args);

/** The same with options of Node, as a function has them. */
export async function inChildWith(nodeOptions: string, file: string, ...args: (string | number)[]): Promise<Run> {
  const options = nodeOptions.split(' ').filter(Boolean);
  const command = [...options, bundleOf(file), ...args.map(String)];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const code = await new Promise((done, fail) => child.once('error', fail).once('close', done));
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(output) as Run;
}
