import type { Cell } from './cells.ts';
import { TABLES } from './data-model.ts';
import type { Scope } from './nxql-activity.ts';
import { NxqlError } from './nxql-error.ts';
import { resolveFields } from './nxql-fields.ts';
import type { Statement } from './nxql-statement.ts';
import type { Platform } from './people.ts';

/**
 * Rows in the order that a statement asks for. Events lie in order of their start, so that order needs no memory.
 * @throws {NxqlError} the field is unknown
 */
export function orderRows(
  { orderBy }: Statement,
  scope: Scope,
  table: string,
  rows: Iterable<number>,
  platformOf: (row: number) => Platform,
): Iterable<number> {
  if (!orderBy) return rows;
  const [field, ...more] = resolveFields(scope.engine, table, orderBy.field, scope.platforms);
  if (more.length > 0) throw new NxqlError('order_by has one field');
  const start = TABLES.get(table)!.time?.start;
  if (field!.name === start) return orderBy.descending ? [...rows].reverse() : rows;
  const keyed = Array.from(rows, (row) => ({ row, key: field!.read(row, platformOf(row)) }));
  keyed.sort((a, b) => compare(a.key, b.key) * (orderBy.descending ? -1 : 1));
  return keyed.map(({ row }) => row);
}

/** Missing values come first, texts by code unit. */
function compare(a: Cell, b: Cell): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : Number(left > right);
}
