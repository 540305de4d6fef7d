import { type DayWindow, daysBetween, halve } from '../../common/day-window.ts';
import type { Estimate } from '../../requests/source.ts';
import type { Platform } from '../nxql.ts';
import type { QueriedTable } from '../tables/queried-table.ts';

/** Progress of the queries to one Engine. @param total queries at the start @param left without an answer @param elapsedMs so far */
export function estimateOf(total: number, left: readonly QueryUnit[], span: DayWindow, elapsedMs: number): Estimate {
  // A query for all days weighs 1, for half of them 0.5, so that halving a window does not change the estimate.
  const daysOf = ({ from, to }: DayWindow) => daysBetween(from, to);
  const rest = left.reduce((sum, { window }) => sum + (window ? daysOf(window) / daysOf(span) : 1), 0);
  const share = total === 0 ? 1 : Math.floor(Math.max(0, 1 - rest / total) * 1000) / 1000;
  if (share === 0) return { share };
  return { share, secondsLeft: Math.ceil((elapsedMs * (1 - share)) / share / 1000) };
}

export const MAX_ROWS = 1_000_000;
/** Maximum factor by which the usual limit grows for a window of several days; a larger answer halves the window instead. */
const MAX_GROWTH = 4;

/** One query: a table, a platform, one object's id and, for tables with a time, a window of days. Plain JSON. */
export interface QueryUnit {
  readonly table: number;
  readonly platform: Platform;
  /** Empty for a list that is queried by name. */
  readonly id: string;
  readonly limit: number;
  /** Which of the table's statements; a version that refuses one may know the next. */
  readonly variant: number;
  readonly window?: DayWindow;
  /** Queried without the days on both sides: the last resort for a day with too many rows. */
  readonly exact?: true;
  /** How often it was queried again because its answer lacked rows, and the maximum rows of an answer then. */
  readonly times?: number;
  readonly most?: number;
  /** Queried again because its answer was no data, or held rows of others. */
  readonly repeated?: true;
}

/** An object that carries the Subject's name, on one platform. */
export type FoundObject = { readonly platform: Platform; readonly id: string };

export const keyOf = ({ platform, id }: FoundObject): string => `${platform} ${id}`;

/** Each table once per platform and object over the whole span. Lists come last: by then events show what must be listed. */
export function firstUnits(
  tables: readonly QueriedTable[],
  found: readonly FoundObject[],
  span: DayWindow,
  limit: number,
): QueryUnit[] {
  const isLast = ([, { kind }]: [number, QueriedTable]) => Number(kind === 'list');
  const ordered = [...tables.entries()].sort((one, other) => isLast(one) - isLast(other));
  return ordered.flatMap(([table, queried]) => {
    const byName = queried.kind === 'list' && queried.byName;
    const objects = byName ? queried.platforms.map((platform) => ({ platform, id: '' })) : found;
    const windowed = queried.timeColumn !== undefined;
    return objects
      .filter(({ platform }) => queried.platforms.includes(platform))
      .map((object): QueryUnit => ({ table, ...object, limit, variant: 0, ...(windowed && { window: span }) }));
  });
}

/**
 * Queries with room for more: a larger limit, then halves of the window; for a single day ever larger limits, at last without its
 * neighbours. None when nothing larger can be queried. @param usual limit of the first query @param max rows that come at once
 */
export function enlarge(unit: QueryUnit, usual: number, max: number): QueryUnit[] {
  const narrower = narrow(unit);
  const larger = Math.min(4 * unit.limit, max);
  const mayGrow = unit.window && larger > unit.limit && (narrower.length < 2 || larger <= MAX_GROWTH * usual);
  return mayGrow ? [{ ...unit, limit: larger }] : narrower;
}

/** Smaller queries for the same rows: halves of the window, at last a single day without its neighbours. */
export function narrow(unit: QueryUnit): QueryUnit[] {
  const halves = unit.window && halve(unit.window);
  if (halves) return halves.map((window) => ({ ...unit, window }));
  return unit.window && !unit.exact ? [{ ...unit, exact: true }] : [];
}
