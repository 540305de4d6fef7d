import { escapeIdentifier } from 'pg';
import { nameMatcher } from '../core/anonymization.ts';
import type { Subject } from '../core/model.ts';
import type { MappedTable } from '../core/portal-mapping.ts';
import type { PortalTransaction } from './portal-connection.ts';
import { anyOf, qualified, SubjectConditions } from './portal-sql.ts';

const BATCH_ROWS = 2000;

/** Replaces the Subject's name by `token` in the mapped columns of one table. @returns rows changed */
export function rewriteTable(
  transaction: PortalTransaction,
  table: MappedTable,
  subject: Subject,
  token: string,
): Promise<number> {
  return table.json.length === 0
    ? rewritePlain(transaction, table, subject, token)
    : rewriteWithJson(transaction, table, subject, token);
}

async function rewritePlain(
  transaction: PortalTransaction,
  table: MappedTable,
  subject: Subject,
  token: string,
): Promise<number> {
  const conditions = new SubjectConditions(subject);
  const changes = assignments(table, conditions, token);
  if (changes.length === 0) return 0;
  const { rowCount } = await transaction.query(
    `UPDATE ${qualified(table.table)} t SET ${changes.join(', ')} WHERE ${conditions.outsideJson(table, 't')}`,
    conditions.values,
  );
  return rowCount;
}

/**
 * Rows with JSON are found and locked by a cursor, their JSON is rewritten string by string, and each batch goes back
 * in one statement together with the other columns, so that every row changes once.
 */
async function rewriteWithJson(
  transaction: PortalTransaction,
  table: MappedTable,
  subject: Subject,
  token: string,
): Promise<number> {
  const { select, values } = selectRows(table, subject);
  const matcher = nameMatcher(subject);
  let changed = 0;
  for await (const rows of transaction.batches(select, values, BATCH_ROWS)) {
    const rewritten = rows
      .map(([partition, place, held, ...json]) => {
        const after = json.map((text) => text && matcher.replaceInJson(text, token));
        return { partition, place, after, touched: held === 'true' || after.some((text, at) => text !== json[at]) };
      })
      .filter(({ touched }) => touched);
    if (rewritten.length > 0) changed += await putBack(transaction, table, subject, token, rewritten);
  }
  return changed;
}

function selectRows(table: MappedTable, subject: Subject): { select: string; values: readonly string[] } {
  const conditions = new SubjectConditions(subject);
  const held = conditions.outsideJson(table, 't');
  const json = table.json.map((column) => `t.${escapeIdentifier(column)}`);
  const select = `
    SELECT t.tableoid::bigint::text, t.ctid::text, coalesce(${held}, false)::text, ${json.map((at) => `${at}::text`).join(', ')}
    FROM ${qualified(table.table)} t
    WHERE ${anyOf([held, ...json.map((at) => conditions.nearJson(at))])}
    FOR UPDATE OF t`;
  return { select, values: conditions.values };
}

interface RewrittenRow {
  readonly partition: string | null | undefined;
  readonly place: string | null | undefined;
  readonly after: readonly (string | null)[];
}

async function putBack(
  transaction: PortalTransaction,
  table: MappedTable,
  subject: Subject,
  token: string,
  rows: readonly RewrittenRow[],
): Promise<number> {
  const conditions = new SubjectConditions(subject);
  const changes = assignments(table, conditions, token);
  const first = conditions.values.length + 1;
  const lists = [rows.map(({ partition }) => partition), rows.map(({ place }) => place)];
  const documents = table.json.map((_, at) => rows.map(({ after }) => after[at]));
  const json = table.json.map((column, at) => `${escapeIdentifier(column)} = to_value.j${at}::jsonb`);
  const places = ['oid', 'tid', ...table.json.map(() => 'text')].map((type, at) => `$${first + at}::text[]::${type}[]`);
  const { rowCount } = await transaction.query(
    `UPDATE ${qualified(table.table)} t SET ${[...changes, ...json].join(', ')}
     FROM unnest(${places.join(', ')}) AS to_value(partition, place, ${table.json.map((_, at) => `j${at}`).join(', ')})
     WHERE t.tableoid = to_value.partition AND t.ctid = to_value.place`,
    [...conditions.values, ...lists, ...documents],
  );
  return rowCount;
}

/** What becomes of each mapped column, JSON aside; a cell that does not hold the Subject keeps its value. */
function assignments(table: MappedTable, conditions: SubjectConditions, token: string): string[] {
  const names = conditions.namesOf(table);
  const inside = (text: string) => `regexp_replace(${text}, ${conditions.pattern}, ${conditions.bind(token)}, 'gi')`;
  const when = (column: string, condition: string, value: string) =>
    `${escapeIdentifier(column)} = CASE WHEN ${condition} THEN ${value} ELSE t.${escapeIdentifier(column)} END`;

  const isSubject = new Map(
    names.map(({ column, spelling }) => [column, conditions.isName(`t.${escapeIdentifier(column)}`, spelling)]),
  );
  return [
    ...names.map(({ column, spelling }) =>
      when(
        column,
        isSubject.get(column)!,
        spelling === 'bare' ? conditions.bind(token) : inside(`t.${escapeIdentifier(column)}`),
      ),
    ),
    ...table.coIdentifiers
      .filter(({ beside }) => isSubject.has(beside))
      .map(({ column, beside }) => when(column, isSubject.get(beside)!, 'NULL')),
    ...table.freeText.map((column) => {
      const at = `t.${escapeIdentifier(column)}`;
      return when(column, conditions.inText(at), inside(at));
    }),
    ...table.arrays.map((column) => {
      const at = `t.${escapeIdentifier(column)}`;
      const elements = `SELECT ${inside('element')} FROM unnest(${at}) WITH ORDINALITY AS e(element, place) ORDER BY place`;
      return when(column, conditions.inArray(at), `ARRAY(${elements})`);
    }),
  ];
}
