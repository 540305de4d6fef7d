import { type DayWindow, daysBetween } from '../../common/day-window.ts';
import type { Estimate } from '../../requests/source-progress.ts';
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
