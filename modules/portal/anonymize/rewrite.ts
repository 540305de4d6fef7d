import { escapeIdentifier } from 'pg';
import { rowsChanged } from '../../requests/record.ts';
import { qualified } from '../database/sql.ts';
import { BATCH_CHARACTERS } from '../database/stream-rows.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { PortalColumnTooShortError, ResidueFoundError } from '../errors.ts';
import type { ForeignKey, PortalCatalog } from '../mapping/catalog.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import { ClearedValues } from '../names/cleared-values.ts';
import type { PersonJudge } from '../names/person-judge.ts';
import type { AnonymizationOutcome } from '../ports.ts';
import type { JudgedColumn, JudgedTable } from '../search/judged-tables.ts';
import { linkedTo, nearIn } from '../search/near.ts';
import type { Search } from '../search/people.ts';
import { judged, type ScannedRow, selected } from '../search/scan.ts';
import { type Controls, ROW_HASH } from './bystander-check.ts';
import { asWritten, cellHashes, stoodBefore, triggersAt, writtenBy } from './triggers.ts';

const BATCH_ROWS = 2000;
/** Times that what triggers have written is rewritten, since that may make them write again. */
const MAX_ROUNDS = 5;

type Row = (string | null)[];

interface Pass {
  readonly transaction: PortalTransaction;
  readonly judge: PersonJudge;
  readonly controls: Controls;
  /** Tables that refer to each other by name. */
  readonly linked: ReadonlySet<string>;
  /** It rewrites what this transaction has written. */
  readonly follows: boolean;
  /** Triggers may write: what the run has written is remembered. */
  readonly traced: boolean;
  /** By place of each row that the run has written itself, the columns that a trigger has changed meanwhile. */
  readonly own: Map<string, ReadonlySet<number>>;
  readonly cleared: ClearedValues;
  /** Where the person's rows are, in tables that were searched before a trigger could write there. */
  readonly found: ReadonlyMap<JudgedTable, readonly Row[]>;
}

/** New cells of some rows of one table: `undefined` where a cell stays. `hashes`: of the cells as they were, when the run is traced. */
interface Rewrite {
  readonly table: JudgedTable;
  readonly rows: readonly { place: Row; hash: string; hashes: string; cells: readonly (string | null | undefined)[] }[];
}

/** Replaces the words in mapped tables, then where triggers have written; refreshes materialized views. @throws errors.ts */
export async function rewriteMapped(
  run: Pick<Pass, 'transaction' | 'judge' | 'controls'>,
  { tables, catalog }: Pick<Search, 'tables' | 'catalog'>,
  mapping: PortalMapping,
): Promise<Pick<AnonymizationOutcome, 'rowsByTable' | 'writtenByTriggers'>> {
  const { transaction, controls } = run;
  const { triggers } = catalog;
  const traced = triggers.length > 0;
  // a trigger may copy cleared values that are no text
  const all = tables.map((one) => (traced ? { ...one, columns: [...one.columns, ...one.others] } : one));
  const mapped = all.filter(({ isMapped }) => isMapped);
  const stored = all.filter(({ isStored, isOurs }) => isStored && !isOurs && traced);
  await controls.start(mapped);
  const linked = linkedTables(catalog, mapped);
  const found = new Map<JudgedTable, readonly Row[]>();
  const pass = { ...run, linked, follows: false, traced, own: new Map(), cleared: new ClearedValues(), found };
  for (const table of traced ? mapped : []) {
    await transaction.attempt(table.name, async () => {
      const windows = await placesIn(pass, table);
      for await (const { rows } of rewritesOf(pass, table, windows)) controls.add(table, rows);
      found.set(table, windows);
    });
  }
  const rowsByTable = Object.fromEntries(mapping.tables.map(({ table }) => [table, 0]));
  await rewrite(pass, mapped, rowsByTable);
  const writtenByTriggers: Record<string, number> = {};
  const following = { ...pass, follows: true, found: new Map() };
  for (let round = 1; (await rewrite(following, stored, writtenByTriggers)) > 0; round += 1) {
    if (round < MAX_ROUNDS) continue;
    const places = Object.keys(writtenByTriggers).map(
      (table) => table + triggersAt(catalog, table, 'written again each time'),
    );
    const refusal = new ResidueFoundError(rowsChanged({ rowsByTable: writtenByTriggers }), places);
    await transaction.attempt('triggers', () => Promise.reject(refusal));
    break;
  }
  for (const view of mapping.derived)
    await transaction.attempt(view, () => transaction.query(`REFRESH MATERIALIZED VIEW ${qualified(view)}`));
  return { rowsByTable, ...(Object.keys(writtenByTriggers).length > 0 && { writtenByTriggers }) };
}

/** @param counts gets the changed rows, by table @returns how many there are */
async function rewrite(pass: Pass, tables: readonly JudgedTable[], counts: Record<string, number>): Promise<number> {
  const { transaction, controls, linked, follows, found } = pass;
  const { rehearsal } = transaction;
  let changed = 0;
  const together: Rewrite[] = []; // foreign keys are checked after all changes
  await transaction.query('SET CONSTRAINTS ALL DEFERRED');
  for (const table of tables) {
    await transaction.attempt(table.name, async () => {
      let rows = 0;
      for await (const each of rewritesOf(pass, table, found.get(table) ?? (await placesIn(pass, table)))) {
        rows += each.rows.length;
        if (!follows && !found.has(table)) controls.add(table, each.rows);
        if (linked.has(table.name)) together.push(each);
        else await write(pass, [each]);
        if (!rehearsal || changed + rows < rehearsal.most) continue;
        rehearsal.untried.push(table.name);
        break;
      }
      changed += rows;
      if (rows > 0) counts[table.name] = (counts[table.name] ?? 0) + rows;
    });
  }
  const names = [...new Set(together.map(({ table }) => table.name))].join(', ');
  if (together.length > 0) await transaction.attempt(names, () => write(pass, merged(together)));
  await transaction.attempt('deferred constraints', () =>
    transaction.asRole(() => transaction.query('SET CONSTRAINTS ALL IMMEDIATE')),
  );
  return changed;
}

/** Tables that refer to each other by a column that a run may change: they must change together. */
function linkedTables({ foreignKeys }: PortalCatalog, tables: readonly JudgedTable[]): Set<string> {
  const changing = new Set(tables.flatMap(({ columns }) => columns.map(({ writable, place }) => writable && place)));
  const isLinked = ([table, column, to, theirs]: ForeignKey) =>
    changing.has(`${table}.${column}`) && changing.has(`${to}.${theirs}`);
  return new Set(foreignKeys.filter(isLinked).flatMap(([table, , to]) => [table, to]));
}

/** One statement changes a table only once. */
const merged = (rewrites: readonly Rewrite[]): Rewrite[] =>
  [...Map.groupBy(rewrites, ({ table }) => table)].map(([table, all]) => ({
    table,
    rows: all.flatMap(({ rows }) => rows),
  }));

/** Places of rows that may hold the person, by one search, in windows of a maximum of rows and characters, at least one row. */
async function placesIn({ transaction, judge, follows }: Pass, table: JudgedTable): Promise<readonly Row[]> {
  const { where, values } = follows ? { where: await writtenBy(transaction), values: [] } : nearIn(table, judge);
  const size = table.columns.map(
    ({ column }) => `coalesce(octet_length(t.${escapeIdentifier(column)}::text), 0)::bigint`,
  );
  const weight = [...size, BATCH_CHARACTERS / BATCH_ROWS].join(' + ');
  const select = `SELECT string_agg(partition, ' '), string_agg(place, ' ') FROM (
      SELECT t.tableoid::text AS partition, t.ctid::text AS place,
        floor(sum(${weight}) OVER (ORDER BY t.tableoid, t.ctid) / ${BATCH_CHARACTERS}) AS number
      FROM ${table.from} t WHERE ${where}
    ) AS near GROUP BY number ORDER BY number`;
  return (await transaction.query(select, values)).rows;
}

/** The changes of one table. The cells of a window are read at once. */
async function* rewritesOf(pass: Pass, table: JudgedTable, windows: readonly Row[]): AsyncGenerator<Rewrite> {
  for (const places of windows) {
    const changed = (await readRows(pass, table, places)).flatMap((row) => {
      const [partition, place, hash, hashes] = row.extra as string[];
      const cells = newCells(pass, table, row);
      if (cells.every((cell) => cell === undefined)) return [];
      return [{ place: [partition!, place!], hash: hash!, hashes: hashes!, cells }];
    });
    if (changed.length > 0) yield { table, rows: changed };
  }
}

/**
 * The rows in these places, judged; a row that is no longer in its place is left out. What a trigger wrote beside the person's
 * words or tokens is the person's, whatever the mapping says of its column. What stood there before is judged as ever.
 */
async function readRows(
  { transaction, judge, controls, follows, traced, own, cleared }: Pass,
  table: JudgedTable,
  places: Row,
) {
  const links = linkedTo(judge.person, table, 3);
  const hash = controls.full && !follows ? `${ROW_HASH}::text` : "'0'";
  const extra = ['t.tableoid::text', 't.ctid::text', hash, traced ? cellHashes(table) : "''"];
  const { rows } = await transaction.query(
    `SELECT ${selected(table, links.where, extra).join(', ')} FROM ${table.from} t
     JOIN unnest(string_to_array($1::text, ' ')::oid[], string_to_array($2::text, ' ')::tid[]) AS wanted(partition, place)
       ON t.tableoid = wanted.partition AND t.ctid = wanted.place`,
    [...places, ...links.values],
  );
  if (!follows) return rows.map((row) => judged(table, judge, row));
  const [written, strict] = [asWritten(table), judge.with(undefined, cleared)];
  const found = rows.map((row) => {
    const plain = judged(table, judge, row);
    const changed = own.get(row.slice(-4, -2).join());
    const holds = plain.linked || plain.cells.some(({ theirs, mentions }) => theirs + mentions > 0);
    const isTheirs = changed ? changed.size > 0 : holds || judge.hasWritten(plain.before);
    if (!isTheirs) return { plain, changed, cells: plain.cells };
    return { plain, changed, cells: judged(written, strict, ['true', ...row.slice(1)]).cells };
  });
  const doubtful = found.flatMap(({ plain, changed, cells }) =>
    plain.before.flatMap((value, at) =>
      changed || cells[at]!.after === plain.cells[at]!.after ? [] : [`${at} ${value}`],
    ),
  );
  const stood = await stoodBefore(transaction, table, doubtful);
  return found.map(({ plain, changed, cells }) => {
    const isPutBack = (at: number) => plain.linked && table.columns[at]!.beside.length > 0;
    const isWritten = (at: number) => changed?.has(at) ?? (isPutBack(at) || !stood.has(`${at} ${plain.before[at]}`));
    return { ...plain, cells: plain.cells.map((cell, at) => (isWritten(at) ? cells[at]! : cell)) };
  });
}

function newCells({ cleared }: Pass, { columns }: JudgedTable, { before, cells }: ScannedRow) {
  return cells.map(({ after }, at) => {
    const column = columns[at]!;
    if (after === before[at]) return undefined;
    if (after !== null && [...after].length > (column.limit ?? Infinity))
      throw new PortalColumnTooShortError(column.place);
    if (column.beside.length > 0 && (after === null || column.required)) cleared.add(before[at]!, column.column);
    return after;
  });
}

/** Writes the new cells back, the tables in one statement. A cell that stays is not touched. */
async function write({ transaction, follows, traced, own }: Pass, rewrites: readonly Rewrite[]): Promise<void> {
  const values: unknown[] = [];
  const bind = (list: readonly unknown[], type: string) => `$${values.push(list)}::text[]::${type}[]`;
  const updates = rewrites.map(({ table, rows }) => {
    const changed = table.columns
      .map((column, at) => ({ column, cells: rows.map(({ cells }) => cells[at]) }))
      .filter(({ cells }) => cells.some((cell) => cell !== undefined));
    const [partitions, places] = [rows.map(({ place }) => place[0]), rows.map(({ place }) => place[1])];
    const lists = [
      bind(partitions, 'oid'),
      bind(places, 'tid'),
      ...changed.map(({ cells }) => bind(cells.map(encoded), 'text')),
    ];
    return `UPDATE ${table.from} t SET ${changed.map(({ column }, at) => assignment(column, `new.v${at}`)).join(', ')}
      FROM unnest(${lists.join(', ')}) AS new(partition, place, ${changed.map((_, at) => `v${at}`).join(', ')})
      WHERE t.tableoid = new.partition AND t.ctid = new.place
      RETURNING ${traced ? `new.partition::text, new.place::text, ${cellHashes(table)}, t.tableoid::text, t.ctid::text` : "''"}`;
  });
  const several = () =>
    `WITH ${updates.map((update, at) => `u${at} AS (${update})`).join(', ')}
     ${updates.map((_, at) => `SELECT * FROM u${at}`).join(' UNION ALL ')}`;
  const { rows: written } = await transaction.asRole(() =>
    transaction.query(updates.length > 1 ? several() : updates[0]!, values),
  );
  if (!traced) return;
  const rowAt = new Map(rewrites.flatMap(({ rows }) => rows.map((row) => [row.place.join(), row] as const)));
  for (const [partition, place, after, ...now] of written) {
    const before = [partition, place].join();
    const { cells, hashes } = rowAt.get(before)!;
    const [was, is] = [hashes.split(','), after!.split(',')];
    const earlier = own.get(before) ?? [];
    if (follows && !own.has(before)) continue;
    const byTrigger = cells.flatMap((cell, at) => {
      const isSame = was[at] === is[at]; // of a cell that was written: put back
      return (cell === undefined ? !isSame : isSame || (cell === null && is[at] !== '')) ? [at] : [];
    });
    own.set(now.join(), new Set([...earlier, ...byTrigger]));
  }
}

/** A cell as a parameter: `null` stays, `-` is cleared, `+` is followed by the new text. */
const encoded = (cell: string | null | undefined): string | null =>
  cell === undefined ? null : cell === null ? '-' : `+${cell}`;

const assignment = ({ column, cast }: JudgedColumn, cell: string): string => {
  const name = escapeIdentifier(column);
  return `${name} = CASE WHEN ${cell} IS NULL THEN t.${name} WHEN ${cell} = '-' THEN NULL ELSE substr(${cell}, 2)::${cast} END`;
};
