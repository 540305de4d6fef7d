import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { basename, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import type { Run } from './measured.ts';

/** What a benchmark found: a table, lines below it, and the figures behind them. */
export interface Report {
  readonly title: string;
  readonly table: readonly Readonly<Record<string, string | number>>[];
  readonly notes: readonly string[];
  readonly data: unknown;
}

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

/** Runs the variants in turn, A B A B ..., so that whatever else the machine does meets them alike. */
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

const PROJECT = resolve(import.meta.dirname, '..');
const bundles = new Map<string, string>();

/** Packages in CommonJS, such as `pg`, ask for Node's own modules with `require`, as in local/build.ts. */
const REQUIRE = "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);";

/** Bundled as the functions are: what is measured is what is deployed. */
function bundleOf(file: string): string {
  const outfile = bundles.get(file) ?? resolve(PROJECT, 'build/bench', basename(file).replace(/ts$/, 'mjs'));
  if (!bundles.has(file)) {
    const entryPoints = [resolve(PROJECT, file)];
    buildSync({
      entryPoints,
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      external: ['tar-stream', 'pg-native'],
      banner: { js: REQUIRE },
      mainFields: ['module', 'main'],
    });
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

/** Prints a report, and keeps it in `bench/results/` with the machine and the time. */
export function publish(name: string, { title, table, notes, data }: Report): void {
  const processors = cpus();
  const machine = {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.version,
    load: loadavg().map((load) => Number(load.toFixed(2))),
  };
  console.log(`\n${title}\n${machine.cores} x ${machine.processor}, ${machine.memoryGb} GB, Node ${machine.node}`);
  console.log(`load ${machine.load.join(' ')} (1, 5 and 15 minutes)`);
  console.table(table);
  for (const note of notes) console.log(note);
  const folder = resolve(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const result = { title, measuredAt: new Date().toISOString(), machine, table, notes, data };
  writeFileSync(resolve(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}
