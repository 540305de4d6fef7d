import { escapeIdentifier } from 'pg';
import { runLimited } from '../../modules/common/run-limited.ts';
import { type PortalConnectionSource, withTransaction } from '../../modules/portal/database/connection.ts';
import { tableName } from '../../modules/portal/database/sql.ts';
import type { PortalTransaction } from '../../modules/portal/database/transaction.ts';
import { PortalDatabaseError } from '../../modules/portal/errors.ts';
import type { CatalogColumn } from '../../modules/portal/mapping/catalog.ts';

/** Rows of one table, cells as text in the order of its columns. They stay in memory. */
export interface TableSample {
  readonly table: string;
  readonly columns: readonly CatalogColumn[];
  readonly rows: readonly (string | null)[][];
}

const TRANSACTION = { statementSeconds: 20, lockSeconds: 10 };
const SESSIONS = 4;
const SAMPLE_ROWS = 250;
const SAMPLE_BYTES = 32 * 8192;
const MAX_LETTERS = 400;

/** Percent of the pages of a table, partitions included, that hold about this many bytes. */
const SHARE = `least(100, 100.0 * ${SAMPLE_BYTES} / greatest(1, (
  SELECT coalesce((SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(oid)), pg_relation_size(oid), 0)
  FROM (SELECT $1::regclass AS oid) AS own)))`;

/** Reads some rows of every table, several tables at once. Of a large table a few pages are read. */
export async function sampleTables(
  source: PortalConnectionSource,
  columns: readonly CatalogColumn[],
): Promise<TableSample[]> {
  const samples: TableSample[] = [];
  await runLimited([...Map.groupBy(columns, ({ table }) => table)], SESSIONS, async ([table, stored], at) => {
    samples[at] = { table, columns: stored, rows: await sampleOf(source, stored) };
  });
  return samples;
}

/** Some rows of a table; none when it cannot be read. */
async function sampleOf(source: PortalConnectionSource, columns: readonly CatalogColumn[]) {
  const { from, kind, missing } = columns[0]!;
  if (missing !== null) return [];
  const cells = columns.map(({ column }) => `left(t.${escapeIdentifier(column)}::text, ${MAX_LETTERS})`).join(', ');
  const some = `SELECT * FROM ${from} TABLESAMPLE SYSTEM ((SELECT ${SHARE})) ORDER BY random() LIMIT ${SAMPLE_ROWS}`;
  try {
    return await withTransaction(source, TRANSACTION, async (transaction) => {
      const rowsOf = async (rows: string, ...values: string[]) =>
        (await transaction.query(`SELECT ${cells} FROM ${rows}`, values)).rows;
      const sampled = kind === 'foreign table' ? [] : await rowsOf(`(${some}) t`, from.replace(/^ONLY /, ''));
      return sampled.length > 0 ? sampled : await rowsOf(`${from} t LIMIT ${SAMPLE_ROWS}`);
    });
  } catch (error) {
    if (error instanceof PortalDatabaseError) return [];
    throw error;
  }
}

const STATISTICS = `
  SELECT ${tableName('schemaname', 'tablename')} || '.' || attname, array_to_json(
    coalesce(most_common_vals::text::text[], '{}') || coalesce(histogram_bounds::text::text[], '{}'))::text
  FROM pg_stats WHERE schemaname <> 'information_schema' AND schemaname !~ '^pg_'`;

/** Values of columns that the server keeps for its planner, by `schema.table.column`. */
export const readStatistics = async (transaction: PortalTransaction): Promise<Map<string, readonly string[]>> =>
  new Map((await transaction.query(STATISTICS)).rows.map(([place, values]) => [place!, JSON.parse(values!)] as const));
