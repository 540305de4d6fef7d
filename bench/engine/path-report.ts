import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { TASKS } from '../../functions/registry.ts';
import { inChild, inChildWith, inTurn, median, megabytes, type Report, ratios, spread } from '../harness.ts';
import type { Run } from '../measured.ts';
import { recordAnswers } from './recorder.ts';

const NODE_OPTIONS = TASKS.QueryEngineArn.nodeOptions;

export interface PathScale {
  /** Event rows of the simulated Engine; 60,000 give 75 MB about the sample user. */
  readonly rows: number;
  /** zlib level, how often all answers are read, and the size of the chunks in which they come, KB. */
  readonly steps: readonly (readonly [level: number, rounds: number, chunkKb: number])[];
  readonly times: number;
}

const FULL: PathScale = {
  rows: 60_000,
  steps: [
    [6, 1, 32],
    [6, 2, 32],
    [6, 4, 32],
    [6, 8, 32],
    [6, 8, 2],
    [1, 8, 32],
  ],
  times: 5,
};

/** CPU of the rows' path against the compressor alone on the same CSV bytes, and memory as the rows grow. */
export async function benchEnginePath(folder: string, { rows, steps, times }: PathScale = FULL): Promise<Report> {
  await recordAnswers(folder, rows);
  const source = fork(resolve(import.meta.dirname, 'source.ts'), [folder]);
  try {
    const [port] = (await once(source, 'message')) as [number];
    const csv = join(folder, 'rows.csv');
    await inChild('bench/engine/path.ts', folder, port, 1, 1, 32, csv);
    const table: Record<string, string | number>[] = [];
    const data: unknown[] = [];
    for (const [level, rounds, chunkKb] of steps) {
      const runs = await inTurn(times, {
        path: () => inChildWith(NODE_OPTIONS, 'bench/engine/path.ts', folder, port, level, rounds, chunkKb),
        plain: () => inChild('bench/rivals/deflate-alone.ts', csv, level, rounds, 'plain'),
        tuned: () => inChild('bench/rivals/deflate-alone.ts', csv, level, rounds, 'tuned'),
      });
      table.push({ 'chunks, KB': chunkKb, ...line(level, rounds, runs) });
      data.push({ level, rounds, chunkKb, runs });
    }
    const notes = [
      'Bars: CPU ratio at level 6 at most 1.4 (level 1 is quoted), peak under 150 MB at every scale.',
      'Chunks of 2 KB hold about a row each.',
      'path: socket (plain HTTP), TSV, rules of the rows, CSV with the formula switch on, SHA-256, CRC-32, deflate.',
      "ratio: to createDeflateRaw({level}) as it is; ratio (tuned): to the same with FragmentEncoder's settings.",
    ];
    return { title: 'Rows of one Engine, from the socket to fragments, against deflate alone', table, notes, data };
  } finally {
    source.disconnect();
  }
}

function line(level: number, rounds: number, { path, plain, tuned }: Record<'path' | 'plain' | 'tuned', Run[]>) {
  const { rawBytes, rows } = path[0]! as Run & { rawBytes: number; rows: number };
  if ([...plain, ...tuned].some((run) => run.rawBytes !== rawBytes)) throw new Error('a rival was given other bytes');
  const seconds = (runs: readonly Run[]) => median(runs.map(({ cpuSeconds }) => cpuSeconds));
  return {
    level,
    scale: `${rounds}x`,
    'MB of CSV': Math.round(megabytes(rawBytes)),
    'path CPU s': seconds(path).toFixed(2),
    'deflate CPU s': seconds(plain).toFixed(2),
    ratio: spread(ratios(path, plain, 'cpuSeconds')),
    'ratio (tuned)': spread(ratios(path, tuned, 'cpuSeconds')),
    'rows/s per core': Math.round(rows / seconds(path)),
    'peak MB': Math.round(Math.max(...path.map(({ peakMb }) => peakMb))),
  };
}
