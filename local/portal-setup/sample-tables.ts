import { escapeIdentifier } from 'pg';
import { runLimited } from '../../modules/common/run-limited.ts';
import { openConnection, type PortalConnectionSource } from '../../modules/portal/database/connection.ts';
import type { PortalTransaction } from '../../modules/portal/database/transaction.ts';
import { PortalDatabaseError } from '../../modules/portal/errors.ts';
import type { CatalogColumn } from '../../modules/portal/mapping/catalog.ts';

/** Rows of one table, cells as text in the order of its columns. They stay in memory. */
export interface TableSample {
  readonly table: string;
  readonly columns: readonly CatalogColumn[];
  readonly rows: readonly (string | null)[][];
}

const SESSIONS = 4;
const SAMPLE_ROWS = 250;
const SAMPLE_BYTES = 32 * 8192;
const MAX_LETTERS = 400;

const SESSION = `SET statement_timeout = '20s'; SET default_transaction_read_only = on; SET row_security = off;
  SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET search_path = pg_catalog`;

const FOREIGN_KEYS = `
  SELECT n.nspname || '.' || c.relname, a.attname, tn.nspname || '.' || t.relname, ta.attname
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid AND NOT c.relispartition JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
  JOIN pg_attribute ta ON ta.attrelid = t.oid AND ta.attnum = k.confkey[1]
  WHERE k.contype = 'f' AND cardinality(k.conkey) = 1
  ORDER BY 1, 2`;

const STATISTICS = `
  SELECT schemaname || '.' || tablename || '.' || attname, array_to_json(
    coalesce(most_common_vals::text::text[], '{}') || coalesce(histogram_bounds::text::text[], '{}'))::text
  FROM pg_stats WHERE schemaname <> 'information_schema' AND schemaname !~ '^pg_'`;

/**
 * Reads some rows of every table, one query each, several tables at once. Of a large table a few pages are read.
 * A table that cannot be read has no rows.
 */
export async function sampleTables(
  source: PortalConnectionSource,
  columns: readonly CatalogColumn[],
): Promise<TableSample[]> {
  const tables = [...Map.groupBy(columns, ({ table }) => table)];
  const samples: TableSample[] = [];
  await runLimited([...Array(SESSIONS).keys()], SESSIONS, async (session) => {
    const connection = await openConnection(source);
    try {
      await connection.query(SESSION);
      for (const [table, stored] of tables.filter((_, at) => at % SESSIONS === session))
        samples.push({ table, columns: stored, rows: await sampleOf(connection, stored) });
    } finally {
      await connection.close();
    }
  });
  return samples;
}

async function sampleOf(connection: PortalTransaction, columns: readonly CatalogColumn[]) {
  const { from, kind, missing } = columns[0]!;
  if (missing !== null) return [];
  const cells = columns.map(({ column }) => `left(t.${escapeIdentifier(column)}::text, ${MAX_LETTERS})`).join(', ');
  const size = `(SELECT coalesce((SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(oid)), pg_relation_size(oid), 0)
    FROM (SELECT $1::regclass AS oid) AS own)`;
  const part = `TABLESAMPLE SYSTEM ((SELECT least(100, 100.0 * ${SAMPLE_BYTES} / greatest(1, ${size}))))`;
  const some = `SELECT ${cells} FROM (SELECT * FROM ${from} ${part} ORDER BY random() LIMIT ${SAMPLE_ROWS}) t`;
  try {
    const sampled = kind === 'foreign table' ? [] : await rowsOf(connection, some, from.replace(/^ONLY /, ''));
    return sampled.length > 0
      ? sampled
      : await rowsOf(connection, `SELECT ${cells} FROM ${from} t LIMIT ${SAMPLE_ROWS}`);
  } catch (error) {
    if (error instanceof PortalDatabaseError) return [];
    throw error;
  }
}

const rowsOf = async (connection: PortalTransaction, select: string, ...values: string[]) =>
  (await connection.query(select, values)).rows;

/** A foreign key of one column: `table.column` refers to `target.targetColumn`. */
export interface ForeignKey {
  readonly table: string;
  readonly column: string;
  readonly target: string;
  readonly targetColumn: string;
}

export const readForeignKeys = async (transaction: PortalTransaction): Promise<ForeignKey[]> =>
  (await transaction.query(FOREIGN_KEYS)).rows.map(([table, column, target, targetColumn]) => ({
    table: table!,
    column: column!,
    target: target!,
    targetColumn: targetColumn!,
  }));

/** Values of columns that the server keeps for its planner, by `schema.table.column`. */
export const readStatistics = async (transaction: PortalTransaction): Promise<Map<string, readonly string[]>> =>
  new Map((await transaction.query(STATISTICS)).rows.map(([place, values]) => [place!, JSON.parse(values!)] as const));
