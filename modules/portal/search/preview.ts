import type { PortalFindings } from '../agreed-preview.ts';
import { workOn } from '../anonymize/assignments.ts';
import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import { staleStatistics } from '../database/statistics.ts';
import { type TextRelation, textRelations } from '../database/text-columns.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { mappedColumns } from '../mapping/check-mapping.ts';
import { accountColumns, type PortalMapping } from '../mapping/mapping.ts';
import { judgeOf, type NameJudge } from '../names/name-judge.ts';
import type { PortalPreview } from '../ports.ts';
import { placesOutOfReach } from './catalog-texts.ts';
import { type Found, findIn, MAX_NAMES } from './findings.ts';
import { countIn } from './residue.ts';

/**
 * Counts what an anonymization would change, in one snapshot and with a role that may only select.
 * @param statementSeconds limits each statement
 */
export const portalPreview = (
  source: PortalConnectionSource,
  mapping: PortalMapping,
  statementSeconds: number,
): PortalPreview => ({
  findSubject: (subject, signal) =>
    withTransaction(
      source,
      { statementSeconds, lockSeconds: 5 },
      (transaction) => findingsIn(transaction, mapping, judgeOf(subject)),
      signal,
    ),
});

/** The same inside an open transaction. */
export async function findingsIn(
  transaction: PortalTransaction,
  mapping: PortalMapping,
  judge: NameJudge,
): Promise<PortalFindings> {
  const relations = new Map((await textRelations(transaction)).map((relation) => [relation.name, relation]));
  const found: Found[] = [];
  for (const table of mapping.tables) {
    found.push(await findIn(transaction, workOn(table, relations.get(table.table)), judge));
  }
  const kept: string[] = [];
  for (const relation of relations.values()) {
    kept.push(...(await findKept(transaction, relation, mapping, judge)));
  }
  const accounts = accountColumns(mapping.accounts);
  const places = await placesOutOfReach(transaction, judge);
  const statistics = await staleStatistics(transaction, judge);
  return {
    tables: found.map(({ table, rows, exact, tokens, suspected }) => ({ table, rows, exact, tokens, suspected })),
    spellings: distinct(found.flatMap(({ spellings }) => spellings)),
    nearNames: distinct(found.flatMap(({ nearNames }) => nearNames)),
    unmapped: kept.filter((place) => !accounts.has(place)),
    accounts: kept.filter((place) => accounts.has(place)),
    outOfReach: [...places, ...statistics],
  };
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort().slice(0, MAX_NAMES);

/** Columns that mention the name although the mapping never changes them. */
async function findKept(
  transaction: PortalTransaction,
  { name, from, columns }: TextRelation,
  mapping: PortalMapping,
  judge: NameJudge,
): Promise<string[]> {
  if (name === mapping.ledger || mapping.derived.includes(name)) return [];
  const table = mapping.tables.find((mapped) => mapped.table === name);
  const changed = new Set(table ? mappedColumns(table) : []);
  const kept = columns.filter(({ column, generated }) => !generated && !changed.has(column));
  if (kept.length === 0) return [];
  const counts = await transaction.within(name, () => countIn(transaction, { name, from, columns: kept }, judge));
  return kept.filter((_, at) => counts[at]! > 0).map(({ column }) => `${name}.${column}`);
}
