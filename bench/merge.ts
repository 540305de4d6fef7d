import { inTemporaryFolder } from './harness.ts';
import { peakMemory } from './measured.ts';
import { benchRivals } from './merge/against-rivals.ts';
import { benchManyEngines } from './merge/many-engines.ts';
import { benchWholeWay } from './merge/whole-way.ts';
import { atMost, type Results } from './report.ts';

export interface MergeScale {
  /** Raw CSV at 1x, MB. */
  readonly megabytes: number;
  /** Multiples of it. Rivals run at the first and at the last only. */
  readonly scales: readonly number[];
  readonly times: number;
  /** Event rows of the simulated Engine behind the whole way, and how often its answers are read. */
  readonly wayRows: number;
  readonly wayRounds: number;
}

const FULL: MergeScale = { megabytes: 400, scales: [1, 2, 4, 8], times: 5, wayRows: 60_000, wayRounds: 6 };
const QUICK: MergeScale = { megabytes: 40, scales: [1, 2, 4], times: 2, wayRows: 15_000, wayRounds: 2 };

/**
 * Memory of the benchmark's own process, MB: it holds one simulated Engine and, for the S3 of this machine, the Parts
 * at 2x with their archive. It does not grow with the scales.
 */
const MAX_OWN_MB = 1500;

/** The merge against the ordinary ways to an archive, and the whole way from sockets to the finished archive. */
export function benchMerge(results: Results, scale: MergeScale = results.isQuick ? QUICK : FULL): Promise<void> {
  return inTemporaryFolder('merge', async (folder) => {
    results.publish('merge-engines', benchManyEngines());
    const stitchSeconds = await benchRivals(folder, scale, results);
    const report = await benchWholeWay(folder, scale, stitchSeconds);
    const own = atMost("memory of the benchmark's own process, peak MB", peakMemory(), MAX_OWN_MB, 0);
    results.publish('merge-total', { ...report, bars: [...report.bars, own] });
  });
}
