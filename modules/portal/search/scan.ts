import { escapeIdentifier } from 'pg';
import type { PortalTransaction } from '../database/transaction.ts';
import type { CellCounts } from '../names/cell-reader.ts';
import type { JudgedRow, PersonJudge } from '../names/person-judge.ts';
import type { JudgedTable } from './judged-tables.ts';
import { linkedTo, nearIn } from './near.ts';

const BATCH_ROWS = 500;

type Row = readonly (string | null)[];

/** A row that may hold the person. */
export interface ScannedRow extends JudgedRow {
  readonly before: Row;
  /** What the caller selected besides. */
  readonly extra: Row;
}

/** Rows of a table that may hold the person, each judged, in batches. @param extra expressions on `t` and on what `joins` joins */
export async function* scan(
  transaction: PortalTransaction,
  table: JudgedTable,
  judge: PersonJudge,
  { extra = [], joins = '', order = '' }: { extra?: readonly string[]; joins?: string; order?: string } = {},
): AsyncGenerator<ScannedRow[]> {
  const { where, values } = nearIn(table, judge);
  const links = linkedTo(judge.person, table, values.length + 1);
  // the inner query has no join, so that the server can search in parallel; OFFSET keeps the two apart
  const from =
    joins === ''
      ? `${table.from} t WHERE ${where}`
      : `(SELECT * FROM ${table.from} t WHERE ${where} OFFSET 0) t ${joins}`;
  const select = `SELECT ${selected(table, links.where, extra).join(', ')} FROM ${from} ${order}`;
  for await (const rows of transaction.stream(select, [...values, ...links.values], BATCH_ROWS, table.name))
    yield rows.map((row) => judged(table, judge, row));
}

/** The row's link, its cells and what else is wanted, as text. */
export const selected = ({ columns }: JudgedTable, linked: string, extra: readonly string[]): string[] => [
  `(${linked})::text`,
  ...columns.map(({ column }) => `t.${escapeIdentifier(column)}::text`),
  ...extra,
];

export function judged(table: JudgedTable, judge: PersonJudge, [linked, ...cells]: Row): ScannedRow {
  const before = cells.slice(0, table.columns.length);
  return { ...judge.row(table, before, linked === 'true'), before, extra: cells.slice(table.columns.length) };
}

/** Counts by `schema.table.column`, of columns with any. */
export type CountsByPlace = ReadonlyMap<string, CellCounts>;

/** Counts what every table holds, mapped or not. @param look sees each row that may hold the person */
export async function countAll(
  transaction: PortalTransaction,
  tables: readonly JudgedTable[],
  judge: PersonJudge,
  look: (table: JudgedTable, row: ScannedRow) => void = () => {},
): Promise<CountsByPlace> {
  const counts = new Map<string, Record<keyof CellCounts, number>>();
  for (const table of tables) {
    for await (const rows of scan(transaction, table, judge)) {
      for (const row of rows) {
        look(table, row);
        for (const [at, cell] of row.cells.entries()) {
          if (cell.theirs + cell.mentions + cell.lookalikes === 0) continue;
          const { place } = table.columns[at]!;
          const sum = counts.get(place) ?? { theirs: 0, mentions: 0, lookalikes: 0 };
          for (const what of ['theirs', 'mentions', 'lookalikes'] as const) sum[what] += cell[what];
          counts.set(place, sum);
        }
      }
    }
  }
  return counts;
}

/** The places of one kind of count, with `count` of each. */
export const placesWith = (counts: CountsByPlace, what: keyof CellCounts) =>
  [...counts].filter(([, count]) => count[what] > 0).map(([place, count]) => ({ place, count: count[what] }));

/** The person's cells by whether they are in columns of login accounts, which are reported and never changed. */
export function residueIn(counts: CountsByPlace, tables: readonly JudgedTable[]) {
  const columns = tables.flatMap((table) => table.columns);
  const accounts = new Set(columns.filter(({ role }) => role === 'account').map(({ place }) => place));
  const theirs = placesWith(counts, 'theirs');
  const residue = theirs.filter(({ place }) => !accounts.has(place));
  return {
    residue: residue.reduce((sum, { count }) => sum + count, 0),
    places: residue.map(({ place }) => place),
    accounts: theirs.map(({ place }) => place).filter((place) => accounts.has(place)),
  };
}

/** How much a search has read. */
export const searchedIn = (tables: readonly JudgedTable[]) => ({
  tables: tables.length,
  columns: tables.flatMap(({ columns }) => columns).length,
});
