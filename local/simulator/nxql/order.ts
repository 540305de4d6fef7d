import type { Cell } from '../world/cells.ts';
import type { Platform } from '../world/people.ts';
import type { EngineWorld } from '../world/world.ts';
import type { OrderKey } from './clauses.ts';
import { NxqlError } from './error.ts';

/** Reads what rows are ordered by. */
export type KeyReader = (row: number, platform: Platform) => Cell;

/**
 * Rows in the order that a statement asks for. Events lie in order of their start, so that order needs no memory.
 * @param resolve finds the reader of a key; it throws when the field is unknown
 * @throws {NxqlError} a key is not one field
 */
export function orderRows(
  keys: readonly OrderKey[] | undefined,
  engine: EngineWorld,
  main: string,
  rows: Iterable<number>,
  platformOf: (row: number) => Platform,
  resolve: (key: OrderKey) => KeyReader,
): Iterable<number> {
  if (!keys) return rows;
  const readers = keys.map(resolve);
  const [first] = keys;
  if (keys.length === 1 && (first!.table ?? main) === main && isStart(engine, main, first!)) {
    return first!.descending ? [...rows].reverse() : rows;
  }
  const keyed = Array.from(rows, (row) => ({ row, cells: readers.map((read) => read(row, platformOf(row))) }));
  keyed.sort((a, b) => {
    for (const [index, { descending }] of keys.entries()) {
      const order = compare(a.cells[index]!, b.cells[index]!);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

const isStart = (engine: EngineWorld, main: string, { field }: OrderKey): boolean =>
  !field.dynamic && engine.tables.get(main)!.time?.start === field.text;

/** The one field of a key. @throws {NxqlError} there are several */
export function single<Item>(items: readonly Item[]): Item {
  if (items.length !== 1) throw new NxqlError('order_by has one field at a time, not *');
  return items[0]!;
}

/** Missing values come first, texts by code unit. */
function compare(a: Cell, b: Cell): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : Number(left > right);
}
