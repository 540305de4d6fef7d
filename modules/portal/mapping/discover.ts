import { escapeIdentifier } from 'pg';
import { openTransaction, type PortalConnectionSource } from '../database/connection.ts';
import { qualified } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { bearsText, type CatalogColumn, type PortalCatalog } from './catalog.ts';
import { mappingProblems } from './check-mapping.ts';
import type { PortalMapping } from './mapping.ts';
import { type ColumnSample, type MappingProposal, proposeMapping } from './propose-mapping.ts';
import { readCatalog } from './read-catalog.ts';

/** Values of each column that are looked at for their form. */
const SAMPLE_ROWS = 1000;
/** Where the ledger of runs is expected. */
const LEDGER = 'gdpr.anonymization_run';

const TRANSACTION = {
  begin: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  statementSeconds: 600,
  lockSeconds: 10,
} as const;

/** Runs some read-only work on the database. */
async function reading<T>(source: PortalConnectionSource, work: (transaction: PortalTransaction) => Promise<T>) {
  const transaction = await openTransaction(source, TRANSACTION);
  try {
    return await work(transaction);
  } finally {
    await transaction.close();
  }
}

/**
 * Proposes a mapping for a database, read-only.
 * @param planted a name that was put where the Portal puts names: it tells more than what columns are called
 */
export const discoverMapping = (source: PortalConnectionSource, planted?: string): Promise<MappingProposal> =>
  reading(source, async (transaction) => {
    const catalog = await readCatalog(transaction);
    return proposeMapping(catalog, await sampleColumns(transaction, catalog, planted), LEDGER);
  });

/** What keeps a mapping from being used on a database, in words. */
export const checkMapping = (source: PortalConnectionSource, mapping: PortalMapping): Promise<string[]> =>
  reading(source, async (transaction) => mappingProblems(mapping, await readCatalog(transaction)));

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

/** Shares of the first values that hold `\`, `@` and a dot. */
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

/** How the planted name stands in each column of a table; the whole table is searched. */
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
