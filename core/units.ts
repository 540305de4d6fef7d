import type { AnswerFigures } from './engine-answer.ts';
import type { Platform } from './nxql.ts';
import type { TablePlan } from './plan.ts';
import { type DayWindow, halve } from './windows.ts';

/** No single day is asked for more rows than this. */
const MOST_ROWS = 1_000_000;

/** One question: a table, a platform, one object's id and, for tables with a time, a window of days. Plain JSON. */
export interface Unit {
  readonly table: number;
  readonly platform: Platform;
  readonly id: string;
  readonly limit: number;
  readonly window?: DayWindow;
}

/** An object that carries the Subject's name, on one platform. */
export interface FoundObject {
  readonly platform: Platform;
  readonly id: string;
}

/** All questions about the objects found: each table once per platform and object, over the whole span. */
export const planUnits = (
  tables: readonly TablePlan[],
  found: readonly FoundObject[],
  span: DayWindow,
  limit: number,
): Unit[] =>
  tables.flatMap(({ platforms, timeColumn }, table) =>
    found
      .filter(({ platform }) => platforms.includes(platform))
      .map((object) => ({ table, ...object, limit, ...(timeColumn !== undefined && { window: span }) })),
  );

/** True when an answer has as many rows as were asked for: there may be more. */
export const isCut = ({ window, limit }: Unit, { received }: AnswerFigures): boolean =>
  window !== undefined && received >= limit;

/** Questions that together ask the same with room for more rows; none when one day holds more than can be asked for. */
export function split(unit: Unit): Unit[] {
  const halves = unit.window && halve(unit.window);
  if (halves) return halves.map((window) => ({ ...unit, window }));
  return unit.limit < MOST_ROWS ? [{ ...unit, limit: 4 * unit.limit }] : [];
}
