import type { NameJudge } from '../names/name-judge.ts';
import { withoutName } from '../search/catalog-texts.ts';
import { SubjectConditions } from './sql.ts';
import type { PortalTransaction } from './transaction.ts';

/**
 * Planner statistics that hold the name. ANALYZE clears them when the table no longer holds it.
 * @returns their tables and columns, without the name; a partition counts for its table
 */
export async function staleStatistics(transaction: PortalTransaction, judge: NameJudge): Promise<string[]> {
  const conditions = new SubjectConditions(judge);
  const quoted = ['most_common_vals', 'histogram_bounds', 'most_common_elems'].map((sample) =>
    conditions.inText(`${sample}::text`),
  );
  const { rows } = await transaction.query(
    `SELECT DISTINCT (SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.oid = coalesce(pg_partition_root(part.oid), part.oid)), attname
     FROM pg_stats s JOIN pg_class part ON part.relname = s.tablename AND part.relnamespace::regnamespace::text = quote_ident(s.schemaname)
     WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema' AND (${quoted.join(' OR ')})
     ORDER BY 1, 2`,
    conditions.values,
  );
  return rows.map(([table, column]) => withoutName(`statistics of ${table}.${column}`, judge));
}
