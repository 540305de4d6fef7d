import type { Estimate, SourceProgress } from '../source-progress.ts';

/**
 * How far a Request is that has not ended: the mean of its sources, and the slowest one's time. No time is told while a
 * source that nobody has asked yet may take longer than all others.
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
