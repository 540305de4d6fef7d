import { escapeIdentifier } from 'pg';
import { tableName } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { JudgedTable } from '../search/judged-tables.ts';

const TRIGGERS = `
  SELECT ${tableName('n.nspname', 'c.relname')}, found.name
  FROM (
    SELECT coalesce(pg_partition_root(tgrelid), tgrelid), 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
    UNION SELECT ev_class, 'rule ' || rulename FROM pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384
  ) AS found (relation, name)
  JOIN pg_class c ON c.oid = found.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  ORDER BY 1, 2`;

/** Triggers and rules, which may write when rows of their table change. */
export async function triggersIn(transaction: PortalTransaction) {
  const { rows } = await transaction.query(TRIGGERS);
  return rows.map(([table, name]) => ({ table: table!, name: name! }));
}

/**
 * True for rows of `t` that this transaction has written; a block of a trigger that catches exceptions has a later number.
 * Rows of others with such a number are not visible here.
 */
export const WRITTEN = 'age(t.xmin) BETWEEN -1000000 AND 0';

const KEPT: ReadonlySet<string> = new Set(['harmless', 'account', 'unlisted']);

/** A table whose rows come from a trigger: every text in it may be changed, whatever the mapping says. */
export const asWritten = (table: JudgedTable): JudgedTable => ({
  ...table,
  columns: table.columns.map((column) => {
    const isKept = KEPT.has(column.role);
    return { ...column, role: isKept ? 'text' : column.role, writable: isKept || column.writable };
  }),
});

/** A hash of the cells of `t` that a run never changes, to see whether a trigger has. */
export function keptHash({ columns }: JudgedTable): string {
  const kept = columns.filter(({ role }) => KEPT.has(role)).map(({ column }) => `t.${escapeIdentifier(column)}::text`);
  return `hashtextextended(ROW(${kept.join(', ')})::text, 0::bigint)::text`;
}
