import { escapeIdentifier } from 'pg';
import { tableName } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { PortalCatalog } from '../mapping/catalog.ts';
import type { JudgedTable } from '../search/judged-tables.ts';

/** SQL: rows of `t` that this transaction has written, also in caught blocks of triggers. With `age` there is no parallel search. */
export async function writtenBy(transaction: PortalTransaction): Promise<string> {
  const { rows } = await transaction.query('SELECT (txid_current() % 4294967296)::text');
  return `(t.xmin::text::bigint - ${rows[0]![0]} + 4294967296) % 4294967296 <= 1000000`;
}

/** The triggers and rules of a table, or of that of a column, with what they have done to it. */
export function triggersAt({ triggers }: PortalCatalog, place: string, done: string): string {
  const names = triggers.flatMap(({ table, name }) => (`${place}.`.startsWith(`${table}.`) ? [name] : []));
  return names.length > 0 ? `, ${done}: ${names}` : '';
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

const WORD = (name: string) => `'"?' || regexp_replace(${name}, '(\\W)', '\\\\\\1', 'g') || '"?'`;

/** What the functions of triggers, and defaults, name; further triggers from there; the rights that this needs and the role lacks. */
const LACKING = `
  WITH RECURSIVE bodies (relation, body) AS (
    SELECT coalesce(pg_partition_root(tgrelid), tgrelid), prosrc FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
      WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND NOT prosecdef
    UNION ALL SELECT adrelid, pg_get_expr(adbin, adrelid) FROM pg_attrdef
  ), targets AS (
    SELECT c.oid, relkind, nspname, relname, relnamespace FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE c.oid >= 16384 AND relkind IN ('r', 'p', 'v', 'S')
  ), named AS MATERIALIZED ( -- without its schema only where that is the one of the trigger, or public
    SELECT relation, body, t.oid, t.relkind, nspname, pattern FROM bodies JOIN pg_class home ON home.oid = relation
    JOIN targets t ON strpos(lower(body), lower(t.relname)) > 0 CROSS JOIN LATERAL (SELECT '(' || ${WORD('nspname')} || '\\.)'
      || CASE WHEN nspname = 'public' OR t.relnamespace = home.relnamespace THEN '?' ELSE '' END || ${WORD('t.relname')} || '(?!\\w)'
    ) AS name (pattern) WHERE body ~* ('(^|[^\\w.])' || pattern)
  ), reached (reached) AS (
    SELECT oid FROM targets WHERE ${tableName('nspname', 'relname')} = ANY ($1::text[])
    UNION SELECT oid FROM reached JOIN named ON relation = reached
  ), needs AS (
    SELECT DISTINCT oid, relkind, nspname, privilege FROM reached JOIN named ON relation = reached CROSS JOIN LATERAL (
      VALUES ('USAGE', 'S', ''), ('SELECT', 'rpv', ''), ('UPDATE', 'rpv', '(insert\\s+into|update(\\s+only)?)\\s+'),
        ('INSERT', 'rpv', 'insert\\s+into\\s+'), ('DELETE', 'rpv', 'delete\\s+from\\s+')
    ) AS rights (privilege, kinds, verb)
    WHERE strpos(kinds, relkind::text) > 0 AND body ~* (verb || pattern)
  )
  SELECT format('GRANT USAGE ON SCHEMA %I TO %I', nspname, current_user) FROM needs
  WHERE NOT has_schema_privilege(nspname, 'USAGE') GROUP BY 1
  UNION ALL SELECT format('GRANT %s ON %s%s TO %I', string_agg(privilege, ', ' ORDER BY privilege DESC),
    CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END, oid::regclass, current_user)
  FROM needs WHERE CASE relkind WHEN 'S' THEN NOT has_sequence_privilege(oid, privilege) ELSE NOT has_table_privilege(oid, privilege) END
  GROUP BY oid, relkind`;

/** The GRANTs that the role lacks for triggers of some tables, all at once. What dynamic SQL names is not among them. */
export const rightsLacking = async (transaction: PortalTransaction, tables: readonly string[]): Promise<string[]> =>
  (await transaction.query(LACKING, [tables])).rows.map(([grant]) => grant!);
