import { type DayWindow, daysBetween } from '../../common/day-window.ts';
import type { Estimate, SourceProgress } from '../../requests/source-progress.ts';
import type { Unit } from './query-units.ts';

/** A question about all days weighs 1, one about half of them 0.5, so that halving a window moves nothing. */
const weightOf = ({ window }: Unit, span: DayWindow): number =>
  window ? daysBetween(window.from, window.to) / daysBetween(span.from, span.to) : 1;

/**
 * How far the questions to one Engine are.
 * @param planned questions at the start; `left` those without an answer
 * @param elapsedMs since the start, waiting included
 */
export function estimateOf(planned: number, left: readonly Unit[], span: DayWindow, elapsedMs: number): Estimate {
  const rest = left.reduce((sum, unit) => sum + weightOf(unit, span), 0);
  const share = planned === 0 ? 1 : Math.floor(Math.max(0, 1 - rest / planned) * 1000) / 1000;
  if (share === 0) return { share };
  return { share, secondsLeft: Math.ceil((elapsedMs * (1 - share)) / share / 1000) };
}

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
