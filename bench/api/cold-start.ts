import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FUNCTIONS } from '../../functions/registry.ts';
import { buildFunctions } from '../../local/build.ts';
import { functionEnvironment } from '../../local/environment.ts';
import { median } from '../harness.ts';
import { atMost, type Results } from '../report.ts';

const IMPORTER = resolve(import.meta.dirname, 'import-bundle.mjs');
const FOLDER = resolve(import.meta.dirname, '../../build/bench/functions');
/** Bars of each function: minified kB, and milliseconds of import (median). */
const MAX_KB = 1000;
const MAX_MS = 150;

interface Import {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Size and import of each function's folder as it is deployed, in turn, each time in a fresh process. */
export async function benchColdStart(results: Results, times = results.isQuick ? 3 : 9): Promise<void> {
  await buildFunctions(FOLDER);
  const names = FUNCTIONS.map(({ name }) => name);
  const runs = new Map<string, Import[]>(names.map((name) => [name, []]));
  for (let time = 0; time < times; time++) {
    for (const name of names) runs.get(name)!.push(importOnce(join(FOLDER, name, 'index.mjs')));
  }
  const lines = names.map((name) => lineOf(name, bytesIn(join(FOLDER, name)), runs.get(name)!));
  const largest = lines.reduce((a, b) => (b.kB > a.kB ? b : a));
  const slowest = lines.reduce((a, b) => (b['import ms'] > a['import ms'] ? b : a));
  results.publish('api-cold-start', {
    title: `Cold start: ${names.length} functions as they are deployed, ${times} fresh processes each`,
    table: lines,
    bars: [
      atMost(`largest function (${largest.function}), kB`, largest.kB, MAX_KB, 0),
      atMost(`slowest import (${slowest.function}), ms`, slowest['import ms'], MAX_MS, 0),
    ],
    needsFullSize: false,
    notes: [
      "Milliseconds of wall time, without Node's own start, which Lambda does.",
      'CPU: of all threads of the process; other work on the machine does not make it grow.',
    ],
    data: Object.fromEntries(runs),
  });
}

/** Bytes of a function's folder, with the chunks that it imports only when they are used. */
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
    verdict: byteLength <= MAX_KB * 1000 && median(walls) <= MAX_MS ? 'held' : 'missed',
  };
}
