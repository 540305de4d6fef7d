import { type DayWindow, halve } from '../../common/day-window.ts';
import type { Platform } from '../nxql.ts';
import type { QueriedTable } from '../tables/queried-table.ts';
import type { AnswerFigures } from './read-answer.ts';

/** No single day is asked for more rows than this. */
export const MAX_ROWS = 1_000_000;
/** A window of several days is asked with at most so many times the usual limit; a larger one is halved instead. */
const GROWTH = 4;

/** One question: a table, a platform, one object's id and, for tables with a time, a window of days. Plain JSON. */
export interface Unit {
  readonly table: number;
  readonly platform: Platform;
  /** Empty for a list that is asked by name. */
  readonly id: string;
  readonly limit: number;
  /** Which of the table's statements; a version that refuses one may know the next. */
  readonly variant: number;
  readonly window?: DayWindow;
  /** Asked without the days on both sides: the last resort for a day that is too full. */
  readonly exact?: true;
  /** Rows of the answer that looked cut, and how often it was asked for again. */
  readonly again?: number;
  readonly times?: number;
}

/** An object that carries the Subject's name, on one platform. */
export interface FoundObject {
  readonly platform: Platform;
  readonly id: string;
}

/** All questions: each table once per platform and object over the whole span, lists by name once per platform. */
export const planUnits = (
  tables: readonly QueriedTable[],
  found: readonly FoundObject[],
  span: DayWindow,
  limit: number,
): Unit[] =>
  tables.flatMap((plan, table) => {
    const byName = plan.kind === 'list' && plan.byName;
    const objects = byName ? plan.platforms.map((platform) => ({ platform, id: '' })) : found;
    const windowed = plan.kind === 'stream' && plan.timeColumn !== undefined;
    return objects
      .filter(({ platform }) => plan.platforms.includes(platform))
      .map((object) => ({ table, ...object, limit, variant: 0, ...(windowed && { window: span }) }));
  });

/** True when an answer has as many rows as were asked for: there may be more. */
export const isFull = ({ limit }: Unit, { received }: AnswerFigures): boolean => received >= limit;

/**
 * Questions that together ask the same and have room for more rows: the same window with a larger limit, then halves of
 * it; a single day with ever larger limits, at last alone. None when nothing larger can be asked.
 * @param usual rows that are asked for at first
 * @param most rows that this Engine gives at once
 */
export function enlarge(unit: Unit, usual: number, most: number): Unit[] {
  const narrower = narrow(unit);
  const larger = Math.min(4 * unit.limit, most);
  const mayGrow = unit.window && larger > unit.limit && (narrower.length < 2 || larger <= GROWTH * usual);
  return mayGrow ? [{ ...unit, limit: larger }] : narrower;
}

/** Questions for less that together ask the same: halves of the window, at last a single day alone. */
export function narrow(unit: Unit): Unit[] {
  const halves = unit.window && halve(unit.window);
  if (halves) return halves.map((window) => ({ ...unit, window }));
  return unit.window && !unit.exact ? [{ ...unit, exact: true }] : [];
}
