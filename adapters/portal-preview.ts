import { escapeIdentifier } from 'pg';
import type { Subject } from '../core/model.ts';
import { accountColumns, type MappedTable, type PortalMapping } from '../core/portal-mapping.ts';
import { mappedColumns } from '../core/portal-mapping-check.ts';
import type { PortalFindings, TableFindings } from '../core/portal-plan.ts';
import type { PortalPreview } from '../core/ports.ts';
import { openTransaction, type PortalConnectionSource, type PortalTransaction } from './portal-connection.ts';
import { type TextRelation, textRelations } from './portal-forms.ts';
import { placesOutOfReach } from './portal-places.ts';
import { anyOf, qualified, SubjectConditions } from './portal-sql.ts';
import { staleStatistics } from './portal-statistics.ts';

/** So many stored spellings, and so many near names, are told; more than that is no name but a common word. */
const MOST_NAMES = 50;

const TRANSACTION = { begin: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', lockSeconds: 5 } as const;

/** What of a table is found: its counts, and the names as they are stored. */
type Found = TableFindings & { readonly spellings: readonly string[]; readonly nearNames: readonly string[] };

/**
 * Counts what an anonymization would change, in one snapshot and through a role that may only select.
 * @param statementSeconds bounds each statement
 */
export const portalPreview = (
  source: PortalConnectionSource,
  mapping: PortalMapping,
  statementSeconds: number,
): PortalPreview => ({
  async findSubject(subject, signal) {
    const transaction = await openTransaction(source, { ...TRANSACTION, statementSeconds }, signal);
    try {
      return await findingsIn(transaction, mapping, subject);
    } finally {
      await transaction.close();
    }
  },
});

/** The same inside a transaction that is open. */
export async function findingsIn(
  transaction: PortalTransaction,
  mapping: PortalMapping,
  subject: Subject,
): Promise<PortalFindings> {
  const found: Found[] = [];
  for (const table of mapping.tables) found.push(await findIn(transaction, table, subject));
  const kept: string[] = [];
  for (const relation of await textRelations(transaction)) {
    kept.push(...(await findKept(transaction, relation, mapping, subject)));
  }
  const accounts = accountColumns(mapping.accounts);
  const places = await placesOutOfReach(transaction, subject);
  const statistics = await staleStatistics(transaction, subject);
  return {
    tables: found.map(({ table, rows, exact, tokens, suspected }) => ({ table, rows, exact, tokens, suspected })),
    spellings: distinct(found.flatMap(({ spellings }) => spellings)),
    nearNames: distinct(found.flatMap(({ nearNames }) => nearNames)),
    unmapped: kept.filter((place) => !accounts.has(place)),
    accounts: kept.filter((place) => accounts.has(place)),
    outOfReach: [...places, ...statistics],
  };
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort().slice(0, MOST_NAMES);

/** One scan of one table: rows that do not hold the letters of the name are passed over by a plain search. */
async function findIn(transaction: PortalTransaction, table: MappedTable, subject: Subject): Promise<Found> {
  const conditions = new SubjectConditions(subject);
  const at = (column: string) => `t.${escapeIdentifier(column)}`;
  const names = conditions.namesOf(table).map(({ column, spelling }) => ({
    column,
    hit: conditions.isName(at(column), spelling),
    near: conditions.near(at(column)),
  }));
  const texts = [
    ...table.freeText.map((column) => ({
      hit: conditions.inText(`${at(column)}::text`),
      near: conditions.near(at(column)),
    })),
    ...table.arrays.map((column) => ({ hit: conditions.inArray(at(column)), near: conditions.near(at(column)) })),
    ...table.json.map((column) => ({ hit: conditions.inJson(at(column)), near: conditions.nearJson(at(column)) })),
  ];
  const all = [...names, ...texts];
  const sum = (cells: readonly string[]) =>
    cells.length === 0 ? '0' : `sum(${cells.map((cell) => `(CASE WHEN ${cell} THEN 1 ELSE 0 END)`).join(' + ')})`;
  const stored = (which: (name: (typeof names)[number]) => string) =>
    `coalesce(to_json((${names.map((name) => `array_agg(DISTINCT ${at(name.column)}::text) FILTER (WHERE ${which(name)})`).join(' || ') || "'{}'::text[]"})[1:${MOST_NAMES}]), '[]')::text`;
  const { rows } = await transaction.within(table.table, () =>
    transaction.query(
      `SELECT count(*) FILTER (WHERE ${anyOf(all.map(({ hit }) => hit))})::text,
         coalesce(${sum(names.map(({ hit }) => hit))}, 0)::text, coalesce(${sum(texts.map(({ hit }) => hit))}, 0)::text,
         coalesce(${sum(all.map(({ hit, near }) => `${near} AND NOT coalesce(${hit}, false)`))}, 0)::text,
         ${stored(({ hit }) => hit)}, ${stored(({ hit, near }) => `${near} AND NOT coalesce(${hit}, false)`)}
       FROM ${qualified(table.table)} t WHERE ${anyOf(all.map(({ near }) => near))}`,
      conditions.values,
    ),
  );
  const [changed, exact, tokens, suspected, spellings, nearNames] = rows[0]!;
  return {
    table: table.table,
    rows: Number(changed),
    exact: Number(exact),
    tokens: Number(tokens),
    suspected: Number(suspected),
    spellings: JSON.parse(spellings!) as string[],
    nearNames: JSON.parse(nearNames!) as string[],
  };
}

/** Columns that carry text, are never changed and mention the name all the same. */
async function findKept(
  transaction: PortalTransaction,
  { name, from, columns }: TextRelation,
  mapping: PortalMapping,
  subject: Subject,
): Promise<string[]> {
  if (name === mapping.ledger || mapping.derived.includes(name)) return [];
  const table = mapping.tables.find((mapped) => mapped.table === name);
  const changed = new Set(table ? mappedColumns(table) : []);
  const kept = columns.filter(({ column, generated }) => !generated && !changed.has(column));
  if (kept.length === 0) return [];
  const conditions = new SubjectConditions(subject);
  const holds = kept.map(
    ({ column }) => `coalesce(bool_or(${conditions.inText(`t.${escapeIdentifier(column)}::text`)}), false)::text`,
  );
  const { rows } = await transaction.within(name, () =>
    transaction.query(`SELECT ${holds.join(', ')} FROM ${from} t`, conditions.values),
  );
  return kept.filter((_, at) => rows[0]![at] === 'true').map(({ column }) => `${name}.${column}`);
}
