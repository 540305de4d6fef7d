import { escapeIdentifier } from 'pg';
import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import { qualified } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { bearsText, type CatalogColumn, type PortalCatalog } from './catalog.ts';
import { mappingProblems } from './check-mapping.ts';
import type { PortalMapping } from './mapping.ts';
import { type ColumnSample, type MappingProposal, proposeMapping } from './propose-mapping.ts';
import { readCatalog } from './read-catalog.ts';

/** Number of values of each column that are inspected. */
const SAMPLE_ROWS = 1000;
/** Where the ledger of runs is expected. */
const LEDGER = 'gdpr.anonymization_run';

const TRANSACTION = { statementSeconds: 600, lockSeconds: 10 };

/**
 * Proposes a mapping for a database, read-only.
 * @param planted a name that somebody put into the Portal: where it is found shows more than the names of columns
 */
export const discoverMapping = (source: PortalConnectionSource, planted?: string): Promise<MappingProposal> =>
  withTransaction(source, TRANSACTION, async (transaction) => {
    const catalog = await readCatalog(transaction);
    return proposeMapping(catalog, await sampleColumns(transaction, catalog, planted), LEDGER);
  });

/** Why a mapping cannot be used on a database, in words; empty when it fits. */
export const checkMapping = (source: PortalConnectionSource, mapping: PortalMapping): Promise<string[]> =>
  withTransaction(source, TRANSACTION, async (transaction) => mappingProblems(mapping, await readCatalog(transaction)));

async function sampleColumns(
  transaction: PortalTransaction,
  { columns }: PortalCatalog,
  planted: string | undefined,
): Promise<ColumnSample[]> {
  const readable = columns.filter(
    (column) => bearsText(column) && column.readable && column.kind !== 'materialized view',
  );
  const samples: ColumnSample[] = [];
  for (const [table, ofTable] of Map.groupBy(readable, ({ table }) => table)) {
    const looks = await look(transaction, table, ofTable);
    const hits = planted === undefined ? [] : await findPlanted(transaction, table, ofTable, planted);
    for (const [at, { column }] of ofTable.entries()) {
      samples.push({ table, column, ...looks[at]!, ...(hits[at] && { planted: hits[at] }) });
    }
  }
  return samples;
}

/** Share of the first values that hold `\`, `@` and a dot. */
async function look(transaction: PortalTransaction, table: string, columns: readonly CatalogColumn[]) {
  const share = (column: string, sign: string) =>
    `coalesce(avg((strpos(t.${escapeIdentifier(column)}::text, ${sign}) > 0)::int), 0)::text`;
  const shares = columns.flatMap(({ column }) => ['chr(92)', "'@'", "'.'"].map((sign) => share(column, sign)));
  const { rows } = await transaction.query(
    `SELECT ${shares.join(', ')} FROM (SELECT * FROM ${qualified(table)} LIMIT ${SAMPLE_ROWS}) AS t`,
  );
  const [row] = rows;
  return columns.map((_, at) => {
    const [backslash, sign, dot] = row!.slice(3 * at, 3 * at + 3).map(Number);
    return { backslash: backslash!, at: sign!, dot: dot! };
  });
}

/** How each column of a table writes the planted name. It searches the whole table. */
async function findPlanted(
  transaction: PortalTransaction,
  table: string,
  columns: readonly CatalogColumn[],
  planted: string,
): Promise<ColumnSample['planted'][]> {
  const name = 'lower($1::text)';
  const tests = columns.flatMap(({ column }) => {
    const value = `lower(t.${escapeIdentifier(column)}::text)`;
    return [
      `${value} = ${name}`,
      `right(${value}, length(${name}) + 1) = chr(92) || ${name}`,
      `left(${value}, length(${name}) + 1) = ${name} || '@'`,
      `left(${value}, length(${name}) + 1) = ${name} || '.'`,
      `strpos(${value}, ${name}) > 0`,
    ];
  });
  const { rows } = await transaction.query(
    `SELECT ${tests.map((test) => `coalesce(bool_or(${test}), false)::text`).join(', ')} FROM ${qualified(table)} t`,
    [planted],
  );
  const manners = ['bare', 'domain-backslash', 'upn', 'fqdn', 'within'] as const;
  return columns.map(({ form }, at) => {
    const found = manners.filter((_, manner) => rows[0]![5 * at + manner] === 'true');
    if (form !== 'text') return found.length > 0 ? 'within' : undefined;
    return found.find((manner) => manner !== 'bare' && manner !== 'within') ?? found[0];
  });
}
