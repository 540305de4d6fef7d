import { escapeIdentifier } from 'pg';
import type { Subject } from '../../requests/subject.ts';
import { openTransaction, type PortalConnectionSource } from '../database/connection.ts';
import { anyOf, qualified, SubjectConditions } from '../database/sql.ts';
import type { PortalMapping, RetrievedFile } from '../mapping/mapping.ts';
import { judgeOf, type NameJudge } from '../names/name-judge.ts';
import type { PortalDatabase, PortalRows } from '../ports.ts';

const BATCH_ROWS = 500;
/** A statement lasts until its last row is read. */
const TRANSACTION = { statementSeconds: 840, lockSeconds: 10 };

/**
 * Reads a Subject's rows from the Portal database with a role that may only select. All files come from one snapshot.
 * Read all batches of a file before the next file.
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
 * The query behind one file: every column as text, in the order of the table's key. The inner query finds candidates
 * without a subquery, so that the server can scan in parallel; the outer one checks them. OFFSET keeps the two apart.
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
