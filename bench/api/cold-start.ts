import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildFunctions } from '../../local/build.ts';
import { functionEnvironment } from '../../local/environment.ts';
import { FUNCTIONS } from '../../local/functions.ts';
import { median, type Report } from '../harness.ts';

const TIMES = 9;
const IMPORTER = resolve(import.meta.dirname, 'import-bundle.mjs');
const FOLDER = resolve(import.meta.dirname, '../../build/functions');
/** Bars of each function: minified bytes and milliseconds of import. */
const MAX_BYTES = 1_000_000;
const MAX_MS = 150;

interface Import {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Size and import of each function's bundle, in turn, each time in a process of its own; Node's own start is not in it. */
export async function benchColdStart(): Promise<Report> {
  await buildFunctions(FOLDER);
  const bundles = FUNCTIONS.map(({ name }) => ({ name, file: resolve(FOLDER, name, 'index.mjs') }));
  const runs = new Map<string, Import[]>(bundles.map(({ name }) => [name, []]));
  for (let time = 0; time < TIMES; time++) {
    for (const { name, file } of bundles) runs.get(name)!.push(importOnce(file));
  }
  const table = bundles.map(({ name }) => lineOf(name, bytesIn(resolve(FOLDER, name)), runs.get(name)!));
  return {
    title: `Cold start: bundles as they are deployed, ${TIMES} fresh processes each`,
    table,
    notes: [
      `Bars: ${MAX_BYTES / 1000} kB, ${MAX_MS} ms of wall time (median). Without Node's own start, which is Lambda's business.`,
      'CPU: of all threads of the process, so that it does not grow with what else the machine does.',
    ],
    data: Object.fromEntries(runs),
  };
}

/** Size of a function's folder, with what it imports only when it is used. */
function bytesIn(folder: string): number {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return found.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function importOnce(file: string): Import {
  const nothing = 'http://127.0.0.1:9'; // no import speaks to anything
  const endpoints = { objects: nothing, tables: nothing, keysAndSecrets: nothing, stepFunctions: nothing };
  const env = { PATH: process.env.PATH, AWS_REGION: 'eu-central-1', ...functionEnvironment(endpoints) };
  return JSON.parse(execFileSync(process.execPath, [IMPORTER, file], { env, encoding: 'utf8' })) as Import;
}

function lineOf(name: string, byteLength: number, runs: readonly Import[]) {
  const walls = runs.map(({ wallMs }) => wallMs);
  return {
    function: name,
    kB: Math.round(byteLength / 1000),
    'import ms': Math.round(median(walls)),
    'least ms': Math.round(Math.min(...walls)),
    'CPU ms': Math.round(median(runs.map(({ cpuMs }) => cpuMs))),
    held: byteLength < MAX_BYTES && median(walls) < MAX_MS ? 'yes' : 'no',
  };
}
