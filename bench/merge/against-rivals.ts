import { join } from 'node:path';
import { inChild, inTurn, median, megabytes, ratios, spread } from '../harness.ts';
import type { Run } from '../measured.ts';
import { atMost, type Bar, type Line, type Report, type Results } from '../report.ts';
import { writeMaterial } from './material.ts';
import { stitchOnS3 } from './s3-report.ts';

/** Size of the material, multiples of it, and how often each variant runs. */
interface Scale {
  readonly megabytes: number;
  readonly scales: readonly number[];
  readonly times: number;
}

/** The S3 of one machine keeps unfinished uploads in memory. */
const MAX_SCALE_ON_S3 = 2;

/** Bars at the largest scale, percent of the rival, and megabytes. */
const MAX_CPU_PERCENT = 0.5;
const MAX_WALL_PERCENT = 0.5;
const MAX_LARGER_PERCENT = 0;
const MAX_PEAK_MB = 150;
/** CPU at the largest scale divided by that at the smallest. */
const MAX_GROWTH = 1.5;

/** The first three run wherever a bar needs them; the last two, which have no bar, at the smallest scale alone. */
type Variant = 'stitch' | 'level6' | 'tar' | 'level1' | 'archiver';
type Runs = { readonly [Name in Variant]?: readonly Run[] } & { readonly stitch: readonly Run[] };

/** Merges the same Parts at growing scales. @returns CPU seconds of the merge at the smallest scale */
export async function benchRivals(folder: string, scale: Scale, results: Results): Promise<number> {
  const { scales, times } = scale;
  const [table, onS3]: [Line[], Line[]] = [[], []];
  const data: Record<string, Runs> = {};
  const bars: Bar[] = [];
  const report = (): Report => ({ title: TITLE, table, bars, needsFullSize: true, notes: NOTES, data });
  const rivalsAt = (each: number) => each === scales[0] || each === scales.at(-1);
  for await (const material of writeMaterial(folder, scale.megabytes, scales, rivalsAt)) {
    const isFirst = material.scale === scales[0];
    const runs = await runsOn(material.folder, times, rivalsAt(material.scale), isFirst);
    data[`${material.scale}x`] = runs;
    table.push(line(material.scale, runs));
    bars.splice(0, bars.length, ...barsOf(material.scale, runs));
    results.progress('merge', report());
    if (material.scale > MAX_SCALE_ON_S3) continue;
    onS3.push(await stitchOnS3(material.folder, material.scale, times));
    results.progress('merge-s3', s3Report(onS3));
  }
  results.publish('merge-s3', s3Report(onS3));
  bars.push(...(await growthBar(folder, scales, times)));
  const peak = Math.max(...Object.values(data).flatMap(({ stitch }) => stitch.map(({ peakMb }) => peakMb)));
  bars.push(atMost('memory of the merge at any scale, peak MB', peak, MAX_PEAK_MB, 0));
  results.publish('merge', report());
  return median(cpuOf(data[`${scales[0]}x`]!.stitch));
}

const TITLE = 'Merge of Parts into the archive, against packing the rows again';
const NOTES = [
  "CPU is that of the whole process, with Node's start. The merge works on a store of files that enforces the part rules of S3; the SDK and S3 itself come on top.",
  'Rivals take as much longer as there is more to pack: tar-stream with gzip 6 and GNU tar run at the smallest and the largest scale, the two without a bar at the smallest.',
];

const s3Report = (onS3: readonly Line[]): Report => ({
  title: 'The same merge by the SDK, on the S3 of one machine',
  table: onS3,
  bars: [],
  needsFullSize: false,
  notes: ['The local S3 keeps parts in memory and runs beside it: CPU and peak are those of the merge alone.'],
  data: onS3,
});

async function runsOn(folder: string, times: number, withRivals: boolean, withAll: boolean): Promise<Runs> {
  const stitch = () => inChild('bench/merge/stitch.ts', folder);
  if (!withRivals) return inTurn(times, { stitch });
  const rivals = {
    stitch,
    level6: () => inChild('bench/rivals/tar-stream-gzip.ts', folder, 6),
    tar: () => inChild('bench/rivals/gnu-tar.ts', folder),
  };
  if (!withAll) return inTurn(times, rivals);
  return inTurn(times, {
    ...rivals,
    level1: () => inChild('bench/rivals/tar-stream-gzip.ts', folder, 1),
    archiver: () => inChild('bench/rivals/archiver.ts', folder, 6),
  });
}

/** The smallest and the largest merge one after the other, so that other work on the machine slows both alike. */
async function growthBar(folder: string, scales: readonly number[], times: number): Promise<Bar[]> {
  const [first, last] = [scales[0]!, scales.at(-1)!];
  const stitch = (scale: number) => () => inChild('bench/merge/stitch.ts', join(folder, `${scale}x`));
  const runs = await inTurn(times, { smallest: stitch(first), largest: stitch(last) });
  const growth = ratios(runs.largest, runs.smallest, 'processCpuSeconds');
  return [atMost(`growth of the CPU from ${first}x to ${last}x`, growth, MAX_GROWTH)];
}

const cpuOf = (runs: readonly Run[]) => runs.map(({ processCpuSeconds }) => processCpuSeconds!);
const percentOf = (ours: readonly Run[], theirs: readonly Run[], figure: string) =>
  ratios(ours, theirs, figure).map((ratio) => ratio * 100);
const largerPercent = ([ours]: readonly Run[], [theirs]: readonly Run[]) =>
  (ours!.archiveBytes! / theirs!.archiveBytes! - 1) * 100;

function barsOf(scale: number, { stitch, level6, tar }: Runs): Bar[] {
  if (!level6 || !tar) return [];
  const cpu = percentOf(stitch, level6, 'processCpuSeconds');
  const wall = percentOf(stitch, tar, 'wallSeconds');
  return [
    atMost(`CPU at ${scale}x, % of tar-stream with gzip 6`, cpu, MAX_CPU_PERCENT),
    atMost(`wall at ${scale}x, % of GNU tar czf`, wall, MAX_WALL_PERCENT),
    atMost('archive, % larger than one gzip stream', largerPercent(stitch, level6), MAX_LARGER_PERCENT, 3),
  ];
}

function line(scale: number, { stitch, level6, level1, archiver, tar }: Runs): Line {
  const { rawBytes, requests, parts, fetched, sent, copied } = stitch[0]! as Run & Record<string, number>;
  const seconds = (runs: readonly Run[] | undefined) => (runs ? median(cpuOf(runs)).toFixed(1) : '');
  const percent = (runs: readonly Run[] | undefined, figure = 'processCpuSeconds') =>
    runs ? spread(percentOf(stitch, runs, figure)) : '';
  return {
    scale: `${scale}x`,
    'raw MB': Math.round(megabytes(rawBytes!)),
    'CPU s': median(cpuOf(stitch)).toFixed(3),
    'CPU s, tar-stream 6': seconds(level6),
    'CPU % of tar-stream 6': percent(level6),
    'CPU % of tar-stream 1': percent(level1),
    'CPU % of archiver': percent(archiver),
    'wall % of tar czf': percent(tar, 'wallSeconds'),
    'archive % larger': level6 ? largerPercent(stitch, level6).toFixed(3) : '',
    'peak MB': Math.round(Math.max(...stitch.map(({ peakMb }) => peakMb))),
    'S3 requests (parts)': `${requests} (${parts})`,
    'MB in / out / copied': [fetched, sent, copied].map((bytes) => megabytes(bytes!).toFixed(0)).join(' / '),
  };
}
