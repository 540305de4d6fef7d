import { escapeIdentifier } from 'pg';
import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import { staleStatistics } from '../database/statistics.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { accountColumns, type ColumnsOfTable } from '../mapping/mapping.ts';
import { countInCells } from '../names/count-names.ts';
import { judgeOf, type NameJudge } from '../names/name-judge.ts';
import type { PortalVerifier } from '../ports.ts';
import { placesOutOfReach, withoutName } from './catalog-texts.ts';

const BATCH_ROWS = 500;
const TRANSACTION = { statementSeconds: 600, lockSeconds: 10 };

/**
 * The relations that store rows (tables, partitions, materialized views, foreign tables), each with all its columns
 * except those of types that hold numbers, times, truth values, shapes, addresses or labels of an enumeration. A
 * partition counts for its table.
 */
const STORED = `
  WITH RECURSIVE base (oid, type) AS (
    SELECT oid, oid FROM pg_type
    UNION ALL
    SELECT base.oid, coalesce(nullif(t.typbasetype, 0), nullif(t.typelem, 0))
    FROM base JOIN pg_type t ON t.oid = base.type
    WHERE (t.typtype = 'd' AND t.typbasetype <> 0) OR (t.typlen = -1 AND t.typelem <> 0 AND t.typcategory = 'A')
  )
  SELECT a.attrelid::regclass::text, coalesce(pg_partition_root(a.attrelid), a.attrelid)::regclass::text, a.attname,
    bool_and(t.typcategory = 'S' OR t.typname = 'jsonb' OR t.typcategory = 'A')::text
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = ANY ('{r,m,f}')
  JOIN base ON base.oid = a.atttypid
  JOIN pg_type t ON t.oid = base.type
  WHERE a.attnum >= 1 AND a.atttypid <> 0 AND c.oid >= 16384 AND c.relpersistence <> 't'
    AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
  GROUP BY a.attrelid, a.attname, a.attnum
  HAVING NOT bool_or(t.typcategory IN ('N', 'B', 'D', 'T', 'G', 'I', 'V', 'E') OR t.typname = 'uuid')
  ORDER BY a.attrelid, a.attnum`;

/** A column of a stored relation. Unless it is `simple`, it may hold bytes or escapes. */
interface StoredColumn {
  readonly column: string;
  readonly simple: boolean;
}

/**
 * Searches everything that the database stores for a name, with a role and a session of its own and in another way than
 * the change: it reads whole rows as JSON and searches them here. It counts each spelling where it is a word of its own.
 * After a successful anonymization the count is 0.
 * @param accounts columns of login accounts, which are counted separately
 */
export const portalVerifier = (
  source: PortalConnectionSource,
  accounts: readonly ColumnsOfTable[] = [],
): PortalVerifier => ({
  verify(subject, signal) {
    const judge = judgeOf(subject);
    const verify = async (transaction: PortalTransaction) => {
      const { rows } = await transaction.query(STORED);
      const relations = Map.groupBy(rows, ([relation]) => relation!);
      const found = new Map<string, number>();
      for (const [relation, columns] of relations) {
        const stored = columns.map(([, , column, simple]) => ({ column: column!, simple: simple === 'true' }));
        const table = columns[0]![1]!;
        const counts = await transaction.within(table, () => countIn(transaction, relation, stored, judge));
        for (const [column, count] of counts) add(found, `${table}.${column}`, count);
      }
      const outOfReach = await placesOutOfReach(transaction, judge);
      const kept = accountColumns(accounts);
      const residue = [...found].filter(([place]) => !kept.has(place));
      return {
        residue: residue.reduce((sum, [, count]) => sum + count, 0),
        accounts: [...found.keys()].filter((place) => kept.has(place)),
        places: residue.map(([place]) => withoutName(place, judge)),
        outOfReach: [...outOfReach, ...(await staleStatistics(transaction, judge))],
        tables: relations.size,
        columns: rows.length,
      };
    };
    return withTransaction(source, TRANSACTION, verify, signal);
  },
});

const add = (counts: Map<string, number>, key: string, count: number) =>
  counts.set(key, (counts.get(key) ?? 0) + count);

/** Counts the rows that may hold the name (the server does this in parallel), then fetches and searches them. */
async function countIn(
  transaction: PortalTransaction,
  relation: string,
  columns: readonly StoredColumn[],
  judge: NameJudge,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const { where, values } = near(columns, judge);
  const from = `FROM ONLY ${relation} t WHERE ${where}`;
  const { rows } = await transaction.query(`SELECT count(*)::text ${from}`, values);
  if (rows[0]![0] === '0') return found;
  const cells = columns.map(({ column }) => `jsonb_build_array(to_json(t.${escapeIdentifier(column)})::text)`);
  const select = `SELECT (${cells.join(' || ')})::text ${from}`;
  for await (const batch of transaction.stream(select, values, BATCH_ROWS)) {
    for (const [row] of batch) {
      for (const [at, count] of countInCells(JSON.parse(row!) as (string | null)[], judge).entries()) {
        if (count > 0) add(found, columns[at]!.column, count);
      }
    }
  }
  return found;
}

/**
 * True wherever the name may be: the value holds its longest stretch of letters, plain, escaped or in hexadecimal. The
 * query replaces escapes with that stretch first, so that PostgreSQL converts a value to text only once.
 */
function near(
  columns: readonly StoredColumn[],
  { needles, escapes: signs }: NameJudge,
): { where: string; values: readonly string[] } {
  if (!needles) return { where: 'true', values: [] };
  const values = [...needles.texts, needles.escaped, ...signs];
  const at = (index: number) => `$${index + 1}::text`;
  const escaped = at(needles.texts.length);
  const conditions = columns.flatMap(({ column, simple }) => {
    const text = `(t.${escapeIdentifier(column)}::text COLLATE "default")`;
    const plain = needles.texts.map((_, i) => {
      const needle = `lower(${at(i)})`;
      const marked = signs.reduce(
        (rest, _sign, j) => `replace(${rest}, ${at(needles.texts.length + 1 + j)}, ${needle})`,
        `lower(${text})`,
      );
      return `strpos(${marked}, ${needle}) > 0 AND ${text} ~* ${escaped}`;
    });
    const hidden = [`${text} ~ $${values.length + 1}::text`, `strpos(${text}, '&#') > 0`];
    return [...plain, ...(simple ? [] : hidden)];
  });
  const hex = columns.some(({ simple }) => !simple) ? [needles.hex] : [];
  return { where: conditions.join(' OR '), values: [...values, ...hex] };
}
