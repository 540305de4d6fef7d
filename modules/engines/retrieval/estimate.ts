import { type DayWindow, daysBetween } from '../../common/day-window.ts';
import type { Estimate } from '../../requests/source.ts';
import type { QueryUnit } from './query-units.ts';

/** A query for all days weighs 1, for half of them 0.5, so that halving a window does not change the estimate. */
const weightOf = ({ window }: QueryUnit, span: DayWindow): number =>
  window ? daysBetween(window.from, window.to) / daysBetween(span.from, span.to) : 1;

/**
 * Progress of the queries to one Engine.
 * @param total queries at the start; `left`: those without an answer
 * @param elapsedMs since the start, waiting included
 */
export function estimateOf(total: number, left: readonly QueryUnit[], span: DayWindow, elapsedMs: number): Estimate {
  const rest = left.reduce((sum, unit) => sum + weightOf(unit, span), 0);
  const share = total === 0 ? 1 : Math.floor(Math.max(0, 1 - rest / total) * 1000) / 1000;
  if (share === 0) return { share };
  return { share, secondsLeft: Math.ceil((elapsedMs * (1 - share)) / share / 1000) };
}
