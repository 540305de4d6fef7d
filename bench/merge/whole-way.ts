import { recordAnswers } from '../engine/recorder.ts';
import { runPath, startReplay, writeCsv } from '../engine/replay.ts';
import { inChild, inTurn, median, megabytes } from '../harness.ts';
import { atMost, type Report } from '../report.ts';

/** CPU of path and merge together, divided by that of deflate alone. */
const MAX_RATIO = 1.6;
const LEVEL = 6;

/**
 * CPU from the sockets to the finished archive, against deflate alone over the same rows.
 * @param stitchSeconds CPU of a merge of about as many rows, measured before
 */
export async function benchWholeWay(
  folder: string,
  { wayRows, wayRounds, times }: { readonly wayRows: number; readonly wayRounds: number; readonly times: number },
  stitchSeconds: number,
): Promise<Report> {
  await recordAnswers(folder, wayRows);
  const replay = await startReplay(folder);
  try {
    const csv = await writeCsv(folder, replay);
    const runs = await inTurn(times, {
      path: () => runPath(folder, replay, { level: LEVEL, rounds: wayRounds, chunkKb: 32 }),
      deflate: () => inChild('bench/rivals/deflate-alone.ts', csv, LEVEL, wayRounds),
    });
    const rawBytes = runs.path[0]!.rawBytes!;
    if (rawBytes === 0 || runs.deflate.some((run) => run.rawBytes !== rawBytes)) {
      throw new Error('path and deflate were given different bytes');
    }
    const totals = runs.path.map((run, i) => (run.cpuSeconds + stitchSeconds) / runs.deflate[i]!.cpuSeconds);
    const row = {
      'raw MB': Math.round(megabytes(rawBytes)),
      'path CPU s': median(runs.path.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
      'merge CPU s (1x)': stitchSeconds.toFixed(3),
      'deflate CPU s': median(runs.deflate.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
    };
    return {
      title: 'From the sockets to the finished archive, against deflate alone',
      table: [row],
      bars: [
        atMost(`path and merge / deflate, level ${LEVEL}`, totals, MAX_RATIO),
        atMost('process that serves the rows, peak MB', await replay.peakMb(), replay.maxMb, 0),
      ],
      needsFullSize: true,
      notes: [],
      data: runs,
    };
  } finally {
    replay.stop();
  }
}
