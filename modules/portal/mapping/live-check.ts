import { SubjectKind } from '../../requests/subject.ts';
import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import { tableName } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { PortalMappingError } from '../errors.ts';
import { SAMPLE_TOKEN, Tokens } from '../names/tokens.ts';
import { judgedTables } from '../search/judged-tables.ts';
import type { PortalCatalog } from './catalog.ts';
import { mappingProblems } from './check-mapping.ts';
import type { PortalMapping } from './mapping.ts';
import { readCatalog, TRANSACTION } from './read-catalog.ts';

/** Checks the live schema with one role, before anything is read or changed. @throws {PortalMappingError} */
export async function refuseUnfitMapping(source: PortalConnectionSource, mapping: PortalMapping): Promise<void> {
  const problems = await checkMapping(source, mapping);
  if (problems.length > 0) throw new PortalMappingError(problems);
}

/** Why a mapping cannot be used on a database, in words that say what makes it work; empty when it fits. */
export const checkMapping = (source: PortalConnectionSource, mapping: PortalMapping): Promise<string[]> =>
  withTransaction(source, TRANSACTION, async (transaction) =>
    problemsOf(transaction, mapping, await readCatalog(transaction)),
  );

/** The same within a transaction. */
export const problemsOf = async (transaction: PortalTransaction, mapping: PortalMapping, catalog: PortalCatalog) => [
  ...(await refusedTokens(transaction, mapping, catalog)),
  ...mappingProblems(mapping, catalog),
];

/** What a value of one column must meet (its CHECKs, those of its domain, a partition that takes it), and the way on. */
const RULES = `
  SELECT ${tableName('n.nspname', 'c.relname')} || '.' || a.attname, rule, coalesce(value, quote_ident(a.attname)),
    format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END, -1), way
  FROM (
    SELECT conrelid, conkey[1], pg_get_expr(conbin, conrelid), NULL, format('CHECK %s takes no token: give it a form in "tokens"', conname)
    FROM pg_constraint WHERE contype = 'c' AND cardinality(conkey) = 1
    UNION ALL SELECT attrelid, attnum, pg_get_expr(conbin, 0), 'value', 'its domain takes no token: give it a form in "tokens"'
    FROM pg_constraint JOIN pg_attribute ON atttypid = contypid WHERE contypid <> 0 AND contype = 'c'
    UNION ALL SELECT partrelid, partattrs[0], concat_ws(' OR ', 'false', string_agg(pg_get_partition_constraintdef(inhrelid), ' OR ')),
      NULL, format('no partition takes a token: CREATE TABLE ... PARTITION OF %s DEFAULT', partrelid::regclass)
    FROM pg_partitioned_table LEFT JOIN pg_inherits ON inhparent = partrelid
    WHERE partstrat <> 'h' AND partnatts = 1 AND partdefid = 0 GROUP BY partrelid, partattrs[0]
  ) AS rules (relation, number, rule, value, way)
  JOIN pg_class c ON c.oid = relation AND NOT c.relispartition JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = number JOIN pg_type t ON t.oid = a.atttypid`;

/** How a name may be stored around its token. */
const SHAPES = ['*', 'CORP\\*', '*@corp.example', '*.corp.example'];

/** Columns with a rule that takes nothing which a run would write. */
async function refusedTokens(transaction: PortalTransaction, mapping: PortalMapping, catalog: PortalCatalog) {
  const tables = SubjectKind.options.flatMap((kind) => judgedTables(catalog, mapping, kind));
  const columns = tables.flatMap((table) => table.columns.filter(({ writable }) => writable));
  const tokens = new Tokens(SAMPLE_TOKEN);
  const problems = new Set<string>();
  for (const [place, rule, value, cast, way] of (await transaction.query(RULES)).rows) {
    const tried = `SELECT bool_or((${rule}) IS NOT FALSE)::text FROM (SELECT word::${cast} AS ${value} FROM unnest($1::text[]) AS word) AS t`;
    for (const { role, required, token } of columns.filter((column) => column.place === place)) {
      if (role !== 'name' && role !== 'co-identifier') continue; // in a text the token is a word among others
      const word = required || role === 'name' ? tokens.of(token, '') : null;
      const words = role === 'name' ? SHAPES.map((shape) => shape.replace('*', word!)) : [word];
      const { rows } = await transaction.within(place!, () => transaction.query(tried, [words]));
      if (rows[0]![0] !== 'true') problems.add(`${place}: ${way}`);
    }
  }
  return problems;
}
