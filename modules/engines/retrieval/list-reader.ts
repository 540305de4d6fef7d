import type { Platform } from '../nxql.ts';
import type { AnswerRow, ListTable, Question, SendQuery } from '../tables/queried-table.ts';
import type { QueryContext } from './query-context.ts';
import type { QueryUnit } from './query-units.ts';

/** Reads the lists of one Engine. Several lists come from one query: its answers are remembered. */
export function listReader({ client, subject: { kind } }: Pick<QueryContext, 'client' | 'subject'>) {
  const known = new Map<string, readonly AnswerRow[]>();

  /** The answer to the first statement that the Engine knows; the last one is queried twice, since a refusal may be a passing fault. */
  const rowsOf = async (statements: readonly string[], platform: Platform, { file, byName }: ListTable) => {
    for (const statement of [...statements, statements.at(-1)!]) {
      const key = `${platform} ${statement}`;
      const rows = known.get(key) ?? (await client.rowsIfKnown(statement, platform, file));
      if (byName && rows) known.set(key, rows);
      if (rows) return rows;
    }
    return undefined;
  };

  /** @returns the rows, and what the answers show. `ids`: `undefined` when the Engine refused what they could be confirmed by */
  return async (
    table: ListTable,
    { platform, times, repeated }: QueryUnit,
    question: Question,
    names: readonly string[],
    isSubject: (name: string) => boolean,
  ) => {
    if (times || repeated) known.clear();
    const figures = {
      /** Rows of the longest answer. */
      received: 0,
      /** Rows of somebody else. They are left out. */
      foreign: 0,
      isRefused: false,
      /** True when an answer came, and no row of it was the Subject's. */
      isEmpty: false,
    };
    const ids = new Set<string>();
    const { subjectColumn: column } = table;
    const isOwn = (row: AnswerRow) =>
      !column || (row[column] === question.id && isSubject(row[column.replace(/id$/, 'name')] ?? ''));
    const send: SendQuery = async (...statements) => {
      const answer = await rowsOf(statements, platform, table);
      if (!answer) figures.isRefused = true;
      const rows = answer?.filter(isOwn) ?? [];
      for (const row of rows) ids.add(row[table.idColumn] ?? '');
      figures.isEmpty = answer !== undefined && ids.size === 0;
      const received = answer?.length ?? 0;
      figures.foreign += received - rows.length;
      figures.received = Math.max(figures.received, received);
      return rows;
    };
    const lists = [];
    for (const name of names) lists.push(await table.collect({ kind, name }, question, send));
    // Two spellings of a name list the same object.
    const rows = [...new Map(lists.flat().map((row) => [JSON.stringify(row), row])).values()];
    return { ...figures, rows, ids: figures.isRefused && table.listing ? undefined : ids };
  };
}
