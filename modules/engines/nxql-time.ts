import { type Day, type DayWindow, daysBetween } from '../common/day-window.ts';
import type { Between } from './nxql.ts';

const midnight = (daysAgo: number): string => (daysAgo === 0 ? 'midnight' : `midnight-${daysAgo}d`);

/** NXQL words for a window. They hold on `today` only: `midnight-3d` is another date tomorrow. */
export function betweenOn(today: Day, { from, to }: DayWindow): Between {
  return {
    from: midnight(daysBetween(from, today)),
    to: daysBetween(to, today) < 0 ? 'now' : midnight(daysBetween(to, today)),
  };
}
