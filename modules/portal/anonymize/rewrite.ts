import { escapeIdentifier } from 'pg';
import { qualified } from '../database/sql.ts';
import { BATCH_CHARACTERS } from '../database/stream-rows.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { PortalColumnTooShortError } from '../errors.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import type { PersonJudge } from '../names/person-judge.ts';
import type { JudgedColumn, JudgedTable } from '../search/judged-tables.ts';
import { linkedTo, nearIn } from '../search/near.ts';
import { judged, type ScannedRow, selected } from '../search/scan.ts';
import { type Controls, ROW_HASH } from './bystander-check.ts';
import { linkedTables } from './foreign-keys.ts';

const BATCH_ROWS = 2000;

type Row = (string | null)[];

/** The parts of a run that write. */
interface Run {
  readonly transaction: PortalTransaction;
  readonly judge: PersonJudge;
  readonly controls: Controls;
}

/** New cells of some rows of one table: `undefined` where a cell stays. */
interface Rewrite {
  readonly table: JudgedTable;
  readonly rows: readonly { readonly place: Row; readonly cells: readonly (string | null | undefined)[] }[];
}

/**
 * Replaces the person's words in all mapped tables and refreshes the materialized views made from them.
 * @returns changed rows per table
 * @throws {PortalColumnTooShortError | PortalKeysMergeError} nothing was changed in the column
 */
export async function rewriteMapped(
  run: Run,
  tables: readonly JudgedTable[],
  mapping: PortalMapping,
): Promise<Record<string, number>> {
  const { transaction, controls } = run;
  const mapped = tables.filter(({ isMapped }) => isMapped);
  const rowsByTable = Object.fromEntries(mapping.tables.map(({ table }) => [table, 0]));
  await transaction.query('SET CONSTRAINTS ALL DEFERRED');
  await controls.start(mapped);
  const linked = await linkedTables(transaction, mapping);
  const together: Rewrite[] = []; // tables that refer to each other by name: foreign keys are checked after all changes
  for (const table of mapped) {
    await transaction.within(table.name, async () => {
      for await (const rewrite of rewritesOf(run, table)) {
        rowsByTable[table.name]! += rewrite.rows.length;
        if (linked.has(table.name)) together.push(rewrite);
        else await write(transaction, [rewrite]);
      }
    });
  }
  const names = [...new Set(together.map(({ table }) => table.name))].join(', ');
  if (together.length > 0) await transaction.within(names, () => write(transaction, merged(together)));
  await transaction.query('SET CONSTRAINTS ALL IMMEDIATE');
  for (const view of mapping.derived) {
    await transaction.within(view, () => transaction.query(`REFRESH MATERIALIZED VIEW ${qualified(view)}`));
  }
  return rowsByTable;
}

/** One statement changes a table only once. */
const merged = (rewrites: readonly Rewrite[]): Rewrite[] =>
  [...Map.groupBy(rewrites, ({ table }) => table)].map(([table, all]) => ({
    table,
    rows: all.flatMap(({ rows }) => rows),
  }));

/**
 * The changes of one table, in batches. A cursor returns the places of rows that may hold the person; their cells are read,
 * judged and rewritten in windows of limited size.
 */
async function* rewritesOf({ transaction, judge, controls }: Run, table: JudgedTable): AsyncGenerator<Rewrite> {
  const { where, values } = nearIn(table, judge);
  const size = table.columns.map(
    ({ column }) => `coalesce(octet_length(t.${escapeIdentifier(column)}::text), 0)::bigint`,
  );
  const select = `SELECT t.tableoid::text, t.ctid::text, (${size.join(' + ')})::text FROM ${table.from} t WHERE ${where}`;
  for await (const places of inWindows(transaction.batches(select, values, BATCH_ROWS))) {
    const rows = (await readRows({ transaction, judge, controls }, table, places)).map((row) => ({
      place: row.extra.slice(0, 2),
      hash: BigInt(row.extra[2]!),
      cells: newCells(table, row),
    }));
    const changed = rows.filter(({ cells }) => cells.some((cell) => cell !== undefined));
    if (changed.length === 0) continue;
    const hash = changed.reduce((sum, row) => sum + row.hash, 0n);
    controls.add(table.name, { rows: BigInt(changed.length), hash });
    yield { table, rows: changed };
  }
}

/** Cuts batches of rows where their cells get too large. The last cell of each row is the size of all. */
async function* inWindows(batches: AsyncIterable<Row[]>): AsyncGenerator<Row[]> {
  for await (const rows of batches) {
    let window: Row[] = [];
    let characters = 0;
    for (const row of rows) {
      const size = Number(row.at(-1));
      if (window.length > 0 && characters + size > BATCH_CHARACTERS) {
        yield window;
        window = [];
        characters = 0;
      }
      window.push(row.slice(0, -1));
      characters += size;
    }
    if (window.length > 0) yield window;
  }
}

/** The rows in these places, judged. A row that is no longer in its place is left out. */
async function readRows({ transaction, judge, controls }: Run, table: JudgedTable, places: readonly Row[]) {
  const links = linkedTo(judge.person, table.name, 3);
  const extra = ['t.tableoid::text', 't.ctid::text', `${controls.full ? ROW_HASH : '0'}::text`];
  const { rows } = await transaction.query(
    `SELECT ${selected(table, links.where, extra).join(', ')} FROM ${table.from} t
     JOIN unnest($1::text[]::oid[], $2::text[]::tid[]) AS wanted(partition, place)
       ON t.tableoid = wanted.partition AND t.ctid = wanted.place`,
    [places.map(([partition]) => partition), places.map(([, place]) => place), ...links.values],
  );
  return rows.map((row) => judged(table, judge, row));
}

const newCells = ({ columns }: JudgedTable, { before, cells }: ScannedRow) =>
  cells.map(({ after }, at) => {
    const column = columns[at]!;
    if (after === before[at]) return undefined;
    if (after !== null && [...after].length > (column.limit ?? Infinity))
      throw new PortalColumnTooShortError(column.place);
    return after;
  });

/** Writes the new cells back, the tables in one statement. A cell that stays is not touched. */
async function write(transaction: PortalTransaction, rewrites: readonly Rewrite[]): Promise<void> {
  const values: unknown[] = [];
  const bind = (list: readonly unknown[], type: string) => `$${values.push(list)}::text[]::${type}[]`;
  const updates = rewrites.map(({ table, rows }) => {
    const changed = table.columns
      .map((column, at) => ({ column, cells: rows.map(({ cells }) => cells[at]) }))
      .filter(({ cells }) => cells.some((cell) => cell !== undefined));
    const lists = [
      bind(
        rows.map(({ place }) => place[0]),
        'oid',
      ),
      bind(
        rows.map(({ place }) => place[1]),
        'tid',
      ),
      ...changed.map(({ cells }) => bind(cells.map(encoded), 'text')),
    ];
    return `UPDATE ${table.from} t SET ${changed.map(({ column }, at) => assignment(column, `new.v${at}`)).join(', ')}
      FROM unnest(${lists.join(', ')}) AS new(partition, place, ${changed.map((_, at) => `v${at}`).join(', ')})
      WHERE t.tableoid = new.partition AND t.ctid = new.place`;
  });
  const [last] = updates.splice(-1);
  const before = updates.map((update, at) => `u${at} AS (${update})`);
  await transaction.query(`${before.length > 0 ? `WITH ${before.join(', ')} ` : ''}${last}`, values);
}

/** A cell as a parameter: `null` stays, `-` is cleared, `+` is followed by the new text. */
const encoded = (cell: string | null | undefined): string | null =>
  cell === undefined ? null : cell === null ? '-' : `+${cell}`;

const assignment = ({ column, cast }: JudgedColumn, cell: string): string => {
  const name = escapeIdentifier(column);
  return `${name} = CASE WHEN ${cell} IS NULL THEN t.${name} WHEN ${cell} = '-' THEN NULL ELSE substr(${cell}, 2)::${cast} END`;
};
