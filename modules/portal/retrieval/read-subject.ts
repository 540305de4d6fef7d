import { escapeIdentifier } from 'pg';
import type { Subject } from '../../requests/subject.ts';
import { openTransaction, type PortalConnectionSource } from '../database/connection.ts';
import { anyOf, qualified, SubjectConditions } from '../database/sql.ts';
import type { PortalMapping, RetrievedFile } from '../mapping/mapping.ts';
import { judgeOf, type NameJudge } from '../names/name-judge.ts';
import type { PortalDatabase, PortalRows } from '../ports.ts';

const BATCH_ROWS = 500;
const TRANSACTION = {
  begin: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  statementSeconds: 840, // a statement lasts as long as its rows are taken away
  lockSeconds: 10,
} as const;

/**
 * Reads a Subject's rows from the Portal database through a role that may only select. One snapshot for all files;
 * the batches of a file must be read before the next file is asked for.
 */
export const portalPostgres = (source: PortalConnectionSource, mapping: PortalMapping): PortalDatabase => ({
  async *readSubject(subject: Subject, signal?: AbortSignal): AsyncGenerator<PortalRows> {
    const transaction = await openTransaction(source, TRANSACTION, signal);
    const judge = judgeOf(subject);
    try {
      for (const file of mapping.files) {
        const { select, values } = selectSubject(mapping, file, judge);
        const columns = file.columns.map(({ header }) => header);
        yield { file: file.file, columns, batches: transaction.stream(select, values, BATCH_ROWS) };
      }
    } finally {
      await transaction.close();
    }
  },
});

/**
 * The query behind one file: every column as text, in the order of the table's key. What is certain is told among the rows
 * that are near: a condition with a subquery keeps the server from scanning in parallel, and OFFSET keeps the two apart.
 */
function selectSubject(
  mapping: PortalMapping,
  { from, joins, columns }: RetrievedFile,
  judge: NameJudge,
): { select: string; values: readonly string[] } {
  const table = mapping.tables.find((mapped) => mapped.table === from)!;
  const aliases = new Map([[from, 't'], ...joins.map((join, at) => [join.table, `j${at}`] as const)]);
  const at = (tableName: string, column: string) => `${aliases.get(tableName)}.${escapeIdentifier(column)}`;

  const joined = joins.map(({ table: other, on }) => {
    const equal = on.map(([theirs, ours]) => `${at(other, theirs)} = ${at(from, ours)}`);
    return `LEFT JOIN ${qualified(other)} ${aliases.get(other)} ON ${equal.join(' AND ')}`;
  });
  const conditions = new SubjectConditions(judge);
  const outside = conditions.outsideJson(table, 't');
  const near = anyOf([outside, ...table.json.map((column) => conditions.nearJson(at(from, column)))]);
  const holdsSubject = anyOf([outside, ...table.json.map((column) => conditions.inJson(at(from, column)))]);
  const select = `
    SELECT ${columns.map((column) => `${at(column.table ?? from, column.column)}::text`).join(', ')}
    FROM (SELECT t.* FROM ${qualified(from)} t WHERE ${near} OFFSET 0) t ${joined.join(' ')}
    WHERE ${holdsSubject}
    ORDER BY ${table.key.map((column) => at(from, column)).join(', ')}`;
  return { select, values: conditions.values };
}
