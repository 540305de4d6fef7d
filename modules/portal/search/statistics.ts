import type { PortalTransaction } from '../database/transaction.ts';
import type { PersonJudge } from '../names/person-judge.ts';

const STATISTICS = `
  SELECT (SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = coalesce(pg_partition_root(part.oid), part.oid)), attname,
    concat_ws(' ', most_common_vals::text, histogram_bounds::text, most_common_elems::text)
  FROM pg_stats s
  JOIN pg_class part ON part.relname = s.tablename AND part.relnamespace::regnamespace::text = quote_ident(s.schemaname)
  WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema'`;
const BATCH_ROWS = 100;

/**
 * Planner statistics that hold the person's words. ANALYZE clears them when the table no longer holds them.
 * @returns their tables and columns, without the name; a partition counts for its table
 */
export async function staleStatistics(transaction: PortalTransaction, judge: PersonJudge): Promise<string[]> {
  const places = new Set<string>();
  for await (const rows of transaction.stream(STATISTICS, [], BATCH_ROWS)) {
    for (const [table, column, samples] of rows) {
      if (judge.shows(samples!, false)) places.add(judge.withoutName(`statistics of ${table}.${column}`));
    }
  }
  return [...places].sort();
}
