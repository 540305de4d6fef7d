import { escapeIdentifier } from 'pg';
import { anyOf, qualified, SubjectConditions } from '../database/sql.ts';
import { BATCH_CHARACTERS } from '../database/stream-rows.ts';
import type { TextColumn } from '../database/text-columns.ts';
import { PortalColumnTooShortError, PortalKeysMergeError } from '../errors.ts';
import { nearValue, valueEditor } from '../search/edit-values.ts';
import { assignments, changesIn, type TableWork } from './assignments.ts';
import { ROW_HASH } from './bystander-check.ts';
import type { Run } from './run.ts';

const BATCH_ROWS = 2000;

type Row = (string | null)[];

/**
 * Rewrites the values of a table that SQL cannot rewrite. A cursor returns the places of rows that may hold the name. Their
 * values are read and rewritten in batches, and written back together with the plain columns, so that every row changes
 * only once.
 * @param plainDone the plain columns have changed already; their rows are not counted again
 */
export async function rewriteValues(run: Run, work: TableWork, plainDone: boolean): Promise<number> {
  const { select, values } = selectRows(run, work, plainDone);
  const editors = work.values.map((column) => {
    const place = `${work.table.table}.${column.column}`;
    const edit = valueEditor(run.judge, run.token, () => {
      throw new PortalKeysMergeError(place);
    });
    return (value: string) => {
      const after = edit(column, value);
      if (after !== value && [...after].length > (column.limit ?? Infinity)) throw new PortalColumnTooShortError(place);
      return after;
    };
  });
  let changed = 0;
  for await (const rows of inWindows(run.transaction.batches(select, values, BATCH_ROWS))) {
    const rewritten = (await readCells(run, work, rows))
      .map(([partition, place, held, counted, hash, ...cells]) => {
        const after = cells.map((cell, at) => cell && editors[at]!(cell));
        const touched = held === 'true' || after.some((text, at) => text !== cells[at]);
        return { partition, place, after, touched, counted: counted === 'true', hash: BigInt(hash!) };
      })
      .filter(({ touched }) => touched);
    if (rewritten.length === 0) continue;
    const fresh = rewritten.filter(({ counted }) => !counted);
    const hash = fresh.reduce((sum, row) => sum + row.hash, 0n);
    run.controls.add(work.table.table, { rows: BigInt(fresh.length), hash });
    await putBack(run, work, plainDone, rewritten);
    changed += fresh.length;
  }
  return changed;
}

function selectRows({ judge, token, controls }: Run, { table, plain, values }: TableWork, plainDone: boolean) {
  const conditions = new SubjectConditions(judge);
  const held = plainDone ? 'false' : conditions.outsideJson(plain, 't');
  const counted = plainDone ? `strpos(t::text, ${conditions.bind(token)}) > 0` : 'false';
  const near = values.map((column) => nearValue(judge, conditions, column).narrow);
  const size = values.map(({ column }) => `coalesce(octet_length(t.${escapeIdentifier(column)}::text), 0)::bigint`);
  const select = `
    SELECT t.tableoid::bigint::text, t.ctid::text, coalesce(${held}, false)::text, (${counted})::text,
      ${controls.full ? ROW_HASH : '0'}::text, (${size.join(' + ')})::text
    FROM ${qualified(table.table)} t
    WHERE ${anyOf([held, ...near])}`;
  return { select, values: conditions.values };
}

/** Cuts batches of rows where the values get too large. The last cell of each row is the size of its values. */
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

/** The rows followed by their values. A row that is no longer in its place is left out. */
async function readCells({ transaction }: Run, { table, values }: TableWork, rows: readonly Row[]): Promise<Row[]> {
  const cells = values.map(({ column }) => `t.${escapeIdentifier(column)}::text`);
  const lists = [rows.map(([partition]) => partition), rows.map(([, place]) => place)];
  const { rows: read } = await transaction.query(
    `SELECT wanted.at::text, ${cells.join(', ')} FROM ${qualified(table.table)} t
     JOIN unnest($1::text[]::oid[], $2::text[]::tid[]) WITH ORDINALITY AS wanted(partition, place, at)
       ON t.tableoid = wanted.partition AND t.ctid = wanted.place`,
    lists,
  );
  return read.map(([at, ...held]) => [...rows[Number(at) - 1]!, ...held]);
}

interface RewrittenRow {
  readonly partition: string | null | undefined;
  readonly place: string | null | undefined;
  readonly after: readonly (string | null)[];
}

async function putBack(run: Run, work: TableWork, plainDone: boolean, rows: readonly RewrittenRow[]): Promise<void> {
  const conditions = new SubjectConditions(run.judge);
  const changes = plainDone ? [] : assignments(changesIn(work, conditions, run.token), work.columns);
  const first = conditions.values.length + 1;
  const lists = [rows.map(({ partition }) => partition), rows.map(({ place }) => place)];
  const cells = work.values.map((_, at) => rows.map(({ after }) => after[at]));
  const back = work.values.map(
    ({ column, type }: TextColumn, at) => `${escapeIdentifier(column)} = to_value.v${at}::${type}`,
  );
  const places = ['oid', 'tid', ...work.values.map(() => 'text')].map(
    (type, at) => `$${first + at}::text[]::${type}[]`,
  );
  await run.transaction.query(
    `UPDATE ${qualified(work.table.table)} t SET ${[...changes, ...back].join(', ')}
     FROM unnest(${places.join(', ')}) AS to_value(partition, place, ${work.values.map((_, at) => `v${at}`).join(', ')})
     WHERE t.tableoid = to_value.partition AND t.ctid = to_value.place`,
    [...conditions.values, ...lists, ...cells],
  );
}
