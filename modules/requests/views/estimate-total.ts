import type { Estimate, SourceProgress } from '../source-progress.ts';

/**
 * Progress of a Request that has not ended: the mean of its sources, and the time of the slowest one. Without a time
 * while a source has not been queried yet: it may take longest.
 */
export function estimateOfAll(progress: readonly SourceProgress[]): Estimate {
  if (progress.length === 0) return { share: 0 };
  const isOpen = ({ state }: SourceProgress) => state === 'PENDING' || state === 'RUNNING';
  const shares = progress.map((source) => (isOpen(source) ? (source.share ?? 0) : 1));
  const share = Math.floor((shares.reduce((sum, each) => sum + each, 0) / shares.length) * 1000) / 1000;
  const times = progress.filter(isOpen).map(({ secondsLeft }) => secondsLeft);
  const known = times.filter((seconds) => seconds !== undefined);
  return known.length === 0 || known.length < times.length ? { share } : { share, secondsLeft: Math.max(...known) };
}
