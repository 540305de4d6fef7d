import { openConnection, type PortalConnectionSource } from '../database/connection.ts';
import { qualified } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { PortalDatabaseError } from '../errors.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import type { PortalMaintainer } from '../ports.ts';
import type { PortalPolicy } from '../settings.ts';

const TREE = `(SELECT $1::text::regclass AS relid UNION SELECT relid FROM pg_partition_tree($1::text::regclass)) AS tree
  JOIN pg_class c ON c.oid = relid`;

/** Without the right, VACUUM only warns. MAINTAIN exists from PostgreSQL 17 on; before it, only the owner's role counts. */
const MAY_CLEAN = `
  SELECT bool_and(CASE WHEN current_setting('server_version_num')::int >= 170000
    THEN has_table_privilege(relid, 'MAINTAIN') ELSE pg_has_role(c.relowner, 'USAGE') END)::text,
    (current_setting('server_version_num')::int >= 180000)::text FROM ${TREE}`;

const DEAD_ROWS = `SELECT coalesce(sum(pg_stat_get_dead_tuples(relid)), 0)::text FROM ${TREE}`;

/** ANALYZE leaves the statistics of a table without rows as they were; PostgreSQL 18 can clear them. */
const CLEAR_EMPTY = `
  SELECT pg_clear_attribute_stats(n.nspname, c.relname, a.attname, false)::text FROM ${TREE}
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relkind IN ('r', 'm') AND c.reltuples <= 0`;

/** A plain VACUUM frees the space of old rows but does not overwrite it. */
const LEFT_BY_PLAIN = 'bytes of old row versions until they are written over';

const STATEMENT_STATISTICS = `
  SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'`;

/** Cleans up with a role that owns the tables, or that has MAINTAIN on them (PostgreSQL 17). */
export const portalMaintainer = (
  source: PortalConnectionSource,
  mapping: PortalMapping,
  { vacuum, lockSeconds }: Pick<PortalPolicy, 'vacuum' | 'lockSeconds'>,
): PortalMaintainer => ({
  async maintain(tables, signal) {
    await using connection = await openConnection(source, signal);
    await connection.query("SELECT set_config('lock_timeout', $1, false)", [`${lockSeconds}s`]);
    const byPlain = vacuum === 'plain' ? LEFT_BY_PLAIN : undefined;
    const undone: string[] = [];
    for (const table of tables.length > 0 ? [...tables, ...mapping.derived] : []) {
      const isRefreshed = mapping.derived.includes(table); // which has written it anew
      const unclean = await clean(connection, table, vacuum).catch(refused('old row versions'));
      const left = unclean ?? (isRefreshed ? undefined : byPlain);
      if (left) undone.push(`${table}: ${left}`);
    }
    const [schema] = (await connection.query(STATEMENT_STATISTICS)).rows[0] ?? [];
    if (!schema) return undone;
    const reset = `SELECT ${qualified(`${schema}.pg_stat_statements_reset`)}()::text`; // texts may hold names as literals
    const kept = await connection.query(reset).then(() => undefined, refused('statement statistics'));
    return kept ? [...undone, kept] : undone;
  },
});

/** What is left when the database refuses to clean it. */
const refused = (what: string) => (error: unknown) => {
  if (error instanceof PortalDatabaseError) return `${what} (SQLSTATE ${error.code})`;
  throw error;
};

/** @returns what is left, in words; undefined when the table is clean */
async function clean(
  connection: PortalTransaction,
  table: string,
  vacuum: PortalPolicy['vacuum'],
): Promise<string | undefined> {
  const options = vacuum === 'full' ? 'FULL, ANALYZE' : 'ANALYZE, INDEX_CLEANUP ON';
  const [mayClean, canClear] = (await connection.query(MAY_CLEAN, [qualified(table)])).rows[0]!;
  if (mayClean !== 'true') return 'old row versions: the role may not clean it';
  await connection.query(`VACUUM (${options}) ${qualified(table)}`);
  if (canClear === 'true') await connection.query(CLEAR_EMPTY, [qualified(table)]);
  await connection.query('SELECT pg_stat_clear_snapshot()::text');
  const { rows } = await connection.query(DEAD_ROWS, [qualified(table)]);
  return rows[0]![0] === '0' ? undefined : 'old row versions that a running transaction still needs';
}
