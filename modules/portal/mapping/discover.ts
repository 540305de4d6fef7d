import { SubjectKind } from '../../requests/subject.ts';
import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { domainIn, personByName } from '../names/person.ts';
import { PersonJudge } from '../names/person-judge.ts';
import { judgedTables } from '../search/judged-tables.ts';
import { scan } from '../search/scan.ts';
import type { PortalCatalog } from './catalog.ts';
import { mappingProblems } from './check-mapping.ts';
import type { PortalMapping } from './mapping.ts';
import { type MappingProposal, type Planted, proposeMapping } from './propose-mapping.ts';
import { readCatalog } from './read-catalog.ts';

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
    return proposeMapping(catalog, await findPlanted(transaction, catalog, planted), LEDGER);
  });

/** Why a mapping cannot be used on a database, in words; empty when it fits. */
export const checkMapping = (source: PortalConnectionSource, mapping: PortalMapping): Promise<string[]> =>
  withTransaction(source, TRANSACTION, async (transaction) => mappingProblems(mapping, await readCatalog(transaction)));

/** Searches all tables for the planted name, as for a person. */
async function findPlanted(
  transaction: PortalTransaction,
  { columns }: PortalCatalog,
  planted: string | undefined,
): Promise<Planted> {
  const found = new Map<string, 'whole' | 'within'>();
  if (planted === undefined) return found;
  const judge = new PersonJudge(personByName({ kind: 'user', name: planted }));
  const readable = columns.filter((column) => column.readable && column.kind !== 'materialized view');
  for (const table of judgedTables({ columns: readable }, undefined, 'user')) {
    for await (const rows of scan(transaction, table, judge)) {
      for (const { before, cells } of rows) {
        for (const [at, { place, form }] of table.columns.entries()) {
          if (cells[at]!.theirs === 0) continue;
          const isWhole = SubjectKind.options.some((kind) => domainIn(kind, before[at]!, planted) !== null);
          if (form === 'text' && isWhole) found.set(place, 'whole');
          else if (!found.has(place)) found.set(place, 'within');
        }
      }
    }
  }
  return found;
}
