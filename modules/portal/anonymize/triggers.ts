import { escapeIdentifier } from 'pg';
import type { PortalTransaction } from '../database/transaction.ts';
import type { JudgedTable } from '../search/judged-tables.ts';

/** SQL: rows of `t` that this transaction has written, also in caught blocks of triggers. With `age` there is no parallel search. */
export async function writtenBy(transaction: PortalTransaction): Promise<string> {
  const { rows } = await transaction.query('SELECT (txid_current() % 4294967296)::text');
  return `(t.xmin::text::bigint - ${rows[0]![0]} + 4294967296) % 4294967296 <= 1000000`;
}

const KEPT: ReadonlySet<string> = new Set(['harmless', 'account', 'unlisted']);

/** A table with cells that a trigger wrote: every text and login in it may be changed, whatever the mapping says. */
export const asWritten = (table: JudgedTable): JudgedTable => ({
  ...table,
  columns: table.columns.map((one) => {
    if (one.role === 'unlisted number') return { ...one, role: 'name', form: 'number', writable: true };
    return KEPT.has(one.role) ? { ...one, role: 'text', writable: true } : one;
  }),
});

/** Hashes of the cells of `t`, to see which of them a trigger has changed; an empty one for NULL. */
export function cellHashes({ columns }: JudgedTable): string {
  const hashes = columns.map(({ column }) => `hashtextextended(t.${escapeIdentifier(column)}::text, 0)::text`);
  return `array_to_string(ARRAY[${hashes.join(', ')}], ',', '')`;
}

/**
 * Which of some cells (position of the column, blank, text) stood in rows that this transaction has changed: no trigger wrote
 * them. Another session sees these rows as they were; they have an `xmax`, as have rows that others lock.
 */
export async function stoodBefore(
  transaction: PortalTransaction,
  { from, columns }: JudgedTable,
  cells: readonly string[],
): Promise<ReadonlySet<string>> {
  if (cells.length === 0) return new Set();
  const all = columns.map(({ column }, at) => `('${at} ' || t.${escapeIdentifier(column)}::text COLLATE "C")`);
  const select = `SELECT DISTINCT cell FROM ${from} t CROSS JOIN LATERAL (VALUES ${all.join(', ')}) AS stood (cell)
    WHERE t.xmax <> 0 AND cell IN (SELECT unnest($1::text[]))`;
  const { rows } = await transaction.outside((session) => session.query(select, [cells]));
  return new Set(rows.map(([cell]) => cell!));
}
