import { TASKS } from '../../functions/registry.ts';
import { inChild, inTurn, median, megabytes, ratios, spread } from '../harness.ts';
import type { Run } from '../measured.ts';
import { atMost, type Bar, type Line, type Report, type Results } from '../report.ts';
import { recordAnswers } from './recorder.ts';
import { type PathOptions, type Replay, runPath, startReplay, writeCsv } from './replay.ts';

/** As the function has them. */
const NODE_OPTIONS = TASKS.QueryEngineArn.nodeOptions;

/** CPU of the path divided by that of deflate alone, by the level of the latter. The bar is for chunks of 32 KB. */
const MAX_RATIO: Readonly<Record<number, number>> = { 6: 1.35, 1: 1.5 };
const MAX_PEAK_MB = 150;
/** Of `DEFLATE_LEVEL`: archives are as small as with deflate's level 6. */
const DEFAULT = 5;

/** The path's own level, and that of deflate alone. */
type PathStep = PathOptions & { readonly against: number };

export interface PathScale {
  /** Event rows of the simulated Engine; 60,000 give 75 MB about the sample user. */
  readonly rows: number;
  readonly steps: readonly PathStep[];
  readonly times: number;
}

const FULL: PathScale = {
  rows: 60_000,
  steps: [
    { level: DEFAULT, against: 6, rounds: 1, chunkKb: 32 },
    { level: DEFAULT, against: 6, rounds: 2, chunkKb: 32 },
    { level: DEFAULT, against: 6, rounds: 4, chunkKb: 32 },
    { level: DEFAULT, against: 6, rounds: 8, chunkKb: 32 },
    { level: 6, against: 6, rounds: 8, chunkKb: 32 },
    { level: DEFAULT, against: 6, rounds: 8, chunkKb: 2 },
    { level: 1, against: 1, rounds: 8, chunkKb: 32 },
  ],
  times: 5,
};

/** As many rows, since fewer would give zlib other work. */
const QUICK: PathScale = {
  rows: 60_000,
  steps: [
    { level: DEFAULT, against: 6, rounds: 1, chunkKb: 32 },
    { level: DEFAULT, against: 6, rounds: 2, chunkKb: 32 },
    { level: DEFAULT, against: 6, rounds: 1, chunkKb: 2 },
    { level: 1, against: 1, rounds: 2, chunkKb: 32 },
  ],
  times: 3,
};

const TABLE = 'engine-path';

/** CPU of the rows' path against the compressor alone on the same CSV bytes, and memory as the rows grow. */
export async function benchEnginePath(
  folder: string,
  results: Results,
  scale: PathScale = results.isQuick ? QUICK : FULL,
): Promise<void> {
  await recordAnswers(folder, scale.rows);
  const replay = await startReplay(folder);
  try {
    const csv = await writeCsv(folder, replay);
    const lines: { table: Line[]; bars: Bar[]; data: unknown[] } = { table: [], bars: [], data: [] };
    for (const step of scale.steps) {
      const runs = await runsOf(folder, replay, csv, step, scale.times);
      lines.table.push(line(step, runs));
      lines.bars.push(...barsOf(step, runs));
      lines.data.push({ ...step, runs });
      results.progress(TABLE, reportOf(lines));
    }
    lines.bars.push(atMost('process that serves the rows, peak MB', await replay.peakMb(), replay.maxMb, 0));
    results.publish(TABLE, reportOf(lines));
  } finally {
    replay.stop();
  }
}

type Runs = Record<'path' | 'plain' | 'tuned', Run[]>;

async function runsOf(folder: string, replay: Replay, csv: string, step: PathStep, times: number): Promise<Runs> {
  const { level, against, rounds } = step;
  const runs = await inTurn(times, {
    path: () => runPath(folder, replay, step, NODE_OPTIONS),
    plain: () => inChild('bench/rivals/deflate-alone.ts', csv, against, rounds, 'plain'),
    tuned: () => inChild('bench/rivals/deflate-alone.ts', csv, level, rounds, 'tuned'),
  });
  const rawBytes = runs.path[0]!.rawBytes;
  if ([...runs.plain, ...runs.tuned].some((run) => run.rawBytes !== rawBytes)) {
    throw new Error('a rival was given other bytes');
  }
  return runs;
}

function reportOf({ table, bars, data }: Pick<Report, 'table' | 'bars' | 'data'>): Report {
  return {
    title: 'Rows of one Engine, from the socket to fragments, against deflate alone',
    table,
    bars,
    needsFullSize: false,
    notes: [
      'Chunks of 2 KB hold about a row each; the bar of the ratio is for chunks of 32 KB.',
      'path: socket (plain HTTP), TSV, rules of the rows, CSV with the formula switch on, SHA-256, CRC-32, deflate.',
      "ratio: to createDeflateRaw({level}) as it is, at the level in brackets; ratio (tuned): with FragmentEncoder's settings and level.",
    ],
    data,
  };
}

function barsOf({ level, against, rounds, chunkKb }: PathStep, { path, plain }: Runs): Bar[] {
  const what = `level ${level} to deflate at ${against}, ${rounds}x, chunks of ${chunkKb} KB`;
  const bars = [atMost(`peak MB, ${what}`, Math.max(...path.map(({ peakMb }) => peakMb)), MAX_PEAK_MB, 0)];
  const limit = MAX_RATIO[against];
  if (chunkKb >= 32 && limit) bars.unshift(atMost(`CPU ratio, ${what}`, ratios(path, plain, 'cpuSeconds'), limit));
  return bars;
}

function line({ level, against, rounds, chunkKb }: PathStep, { path, plain, tuned }: Runs): Line {
  const { rawBytes, rows } = path[0]! as Run & { rawBytes: number; rows: number };
  const seconds = (runs: readonly Run[]) => median(runs.map(({ cpuSeconds }) => cpuSeconds));
  const deflated = ([run]: readonly Run[]) => megabytes(run!.deflateBytes!).toFixed(1);
  return {
    'level (deflate)': `${level} (${against})`,
    scale: `${rounds}x`,
    'chunks, KB': chunkKb,
    'MB of CSV': Math.round(megabytes(rawBytes)),
    'path CPU s': seconds(path).toFixed(2),
    'deflate CPU s': seconds(plain).toFixed(2),
    ratio: spread(ratios(path, plain, 'cpuSeconds')),
    'ratio (tuned)': spread(ratios(path, tuned, 'cpuSeconds')),
    'MB deflated (deflate)': `${deflated(path)} (${deflated(plain)})`,
    'rows/s per core': Math.round(rows / seconds(path)),
    'peak MB': Math.round(Math.max(...path.map(({ peakMb }) => peakMb))),
  };
}
