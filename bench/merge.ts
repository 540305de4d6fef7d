import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { recordAnswers } from './engine/recorder.ts';
import { inChild, inTurn, median, megabytes, type Report, ratios, spread } from './harness.ts';
import type { Run } from './measured.ts';
import { benchManyEngines } from './merge/many-engines.ts';
import { writeMaterial } from './merge/material.ts';
import { stitchOnS3 } from './merge/s3-report.ts';

export interface MergeScale {
  /** Raw CSV at 1x, MB. */
  readonly megabytes: number;
  readonly scales: readonly number[];
  readonly times: number;
  /** Event rows of the simulated Engine behind the total, each asked for so many rounds. */
  readonly totalRows: number;
  readonly totalRounds: number;
}

/** `GDPR_BENCH_SMALL=1` runs all of it in a minute, to see that it runs. */
const SCALE: MergeScale =
  process.env.GDPR_BENCH_SMALL === '1'
    ? { megabytes: 20, scales: [1, 2], times: 1, totalRows: 5_000, totalRounds: 1 }
    : { megabytes: 400, scales: [1, 2, 4, 8], times: 5, totalRows: 60_000, totalRounds: 6 };

/** The S3 of one machine keeps unfinished uploads in memory. */
const LARGEST_ON_S3 = 2;

type Runs = Record<'stitch' | 'level6' | 'level1' | 'archiver' | 'tar', Run[]>;

/** The merge against the ordinary ways to an archive, and the whole way from sockets to the finished Archive. */
export async function benchMerge(scale: MergeScale = SCALE): Promise<Record<string, Report>> {
  const folder = await mkdtemp(join(process.env.GDPR_BENCH_DIR ?? tmpdir(), 'bench-merge-'));
  try {
    const merge = await compare(folder, scale);
    return {
      'merge-engines': benchManyEngines(),
      merge: merge.report,
      'merge-s3': merge.s3,
      'merge-total': await total(folder, scale, merge.stitchAt1x),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(folder: string, { megabytes: size, scales, times }: MergeScale) {
  const table: Record<string, string | number>[] = [];
  const onS3: Record<string, string | number>[] = [];
  const data: Record<string, Runs> = {};
  for await (const material of writeMaterial(folder, size, scales)) {
    const runs = await inTurn(times, {
      stitch: () => inChild('bench/merge/stitch.ts', material.folder),
      level6: () => inChild('bench/rivals/tar-stream-gzip.ts', material.folder, 6),
      level1: () => inChild('bench/rivals/tar-stream-gzip.ts', material.folder, 1),
      archiver: () => inChild('bench/rivals/archiver.ts', material.folder, 6),
      tar: () => inChild('bench/rivals/gnu-tar.ts', material.folder),
    });
    data[`${material.scale}x`] = runs;
    if (material.scale <= LARGEST_ON_S3) onS3.push(await stitchOnS3(material.folder, material.scale, times));
    table.push(line(material.scale, runs));
  }
  const growth = await growthOf(folder, scales, times);
  const notes = [
    `Growth of the merge's CPU from ${scales[0]}x to ${scales.at(-1)}x, stitched in turn: ${spread(growth)} (bar 1.5).`,
    'Bars: CPU at most 1 % of tar-stream with gzip 6 (8x), wall at most 3 % of GNU tar czf (8x), archive at most 0.5 % larger, peak under 150 MB.',
    "CPU is that of the whole process, Node's start included. The merge works on a store of files that enforces the part rules of S3; the SDK and S3 itself come on top.",
  ];
  const report: Report = {
    title: 'Merge of Parts into the Archive, against packing the rows again',
    table,
    notes,
    data,
  };
  const s3: Report = {
    title: 'The same merge by the SDK, on the S3 of one machine',
    table: onS3,
    notes: ['The local S3 keeps parts in memory and runs beside it: CPU and peak are those of the merge alone.'],
    data: onS3,
  };
  const stitchAt1x = median(Object.values(data)[0]!.stitch.map(({ processCpuSeconds }) => processCpuSeconds!));
  return { report, s3, stitchAt1x };
}

/** The smallest and the largest merge one after the other, so that both meet the same machine. */
async function growthOf(folder: string, scales: readonly number[], times: number): Promise<number[]> {
  const stitch = (scale: number) => () => inChild('bench/merge/stitch.ts', join(folder, `${scale}x`));
  const runs = await inTurn(times, { smallest: stitch(scales[0]!), largest: stitch(scales.at(-1)!) });
  return ratios(runs.largest, runs.smallest, 'processCpuSeconds');
}

function line(scale: number, { stitch, level6, level1, archiver, tar }: Runs): Record<string, string | number> {
  const { rawBytes, archiveBytes, requests, parts, fetched, sent, copied } = stitch[0]! as Run & Record<string, number>;
  const cpu = (runs: readonly Run[]) => median(runs.map(({ processCpuSeconds }) => processCpuSeconds!));
  const percent = (values: readonly number[]) => spread(values.map((value) => value * 100));
  return {
    scale: `${scale}x`,
    'raw MB': Math.round(megabytes(rawBytes!)),
    'CPU s': cpu(stitch).toFixed(3),
    'CPU s, tar-stream 6 / 1': `${cpu(level6).toFixed(1)} / ${cpu(level1).toFixed(1)}`,
    'CPU % of level 6': percent(ratios(stitch, level6, 'processCpuSeconds')),
    'CPU % of level 1': percent(ratios(stitch, level1, 'processCpuSeconds')),
    'CPU s, archiver 6': cpu(archiver).toFixed(1),
    'CPU % of archiver': percent(ratios(stitch, archiver, 'processCpuSeconds')),
    'wall % of tar czf': percent(ratios(stitch, tar, 'wallSeconds')),
    'archive % larger': ((archiveBytes! / level6[0]!.archiveBytes! - 1) * 100).toFixed(3),
    'peak MB': Math.round(Math.max(...stitch.map(({ peakMb }) => peakMb))),
    'S3 requests (parts)': `${requests} (${parts})`,
    'MB in / out / copied': [fetched, sent, copied].map((bytes) => megabytes(bytes!).toFixed(0)).join(' / '),
  };
}

/** CPU from the sockets to the finished Archive, against deflate alone over the same rows. */
async function total(
  folder: string,
  { totalRows, totalRounds, times }: MergeScale,
  stitchSeconds: number,
): Promise<Report> {
  await recordAnswers(folder, totalRows);
  const source = fork(resolve(import.meta.dirname, 'engine/source.ts'), [folder]);
  try {
    const [port] = (await once(source, 'message')) as [number];
    const csv = join(folder, 'rows.csv');
    await inChild('bench/engine/path.ts', folder, port, 1, 1, csv);
    const runs = await inTurn(times, {
      path: () => inChild('bench/engine/path.ts', folder, port, 6, totalRounds),
      deflate: () => inChild('bench/rivals/deflate-alone.ts', csv, 6, totalRounds),
    });
    const totals = runs.path.map((run, i) => (run.cpuSeconds + stitchSeconds) / runs.deflate[i]!.cpuSeconds);
    const row = {
      'raw MB': Math.round(megabytes(runs.path[0]!.rawBytes!)),
      'path CPU s': median(runs.path.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
      'merge CPU s (1x)': stitchSeconds.toFixed(3),
      'deflate CPU s': median(runs.deflate.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
      'total / deflate': spread(totals),
    };
    return {
      title: 'From the sockets to the finished Archive, against deflate alone',
      table: [row],
      notes: ['Bar: 1.6 at level 6.'],
      data: runs,
    };
  } finally {
    source.disconnect();
  }
}
