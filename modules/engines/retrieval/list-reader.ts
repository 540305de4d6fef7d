import type { Platform } from '../nxql.ts';
import type { AnswerRow, ListTable, Question, SendQuery } from '../tables/queried-table.ts';
import type { QueryContext } from './query-context.ts';
import type { QueryUnit } from './query-units.ts';

/** The rows of a list, and what its answers show of themselves. */
interface ListAnswer {
  readonly rows: readonly AnswerRow[];
  /** Rows of the longest answer. */
  readonly received: number;
  /** Rows of somebody else. They are left out. */
  readonly foreign: number;
  /** True when an answer came, and no row of it was the Subject's. */
  readonly isEmpty: boolean;
  /** Ids in the answers; `undefined` when the Engine refused one that only ids by themselves could confirm. */
  readonly ids: ReadonlySet<string> | undefined;
  readonly isRefused: boolean;
}

/** Reads the lists of one Engine. Several lists come from one query: its answers are remembered. */
export class ListReader {
  readonly #context: Pick<QueryContext, 'client' | 'subject'>;
  readonly #known = new Map<string, readonly AnswerRow[]>();

  constructor(context: Pick<QueryContext, 'client' | 'subject'>) {
    this.#context = context;
  }

  /** @param names to look for in the rows @param isSubject true for a name of the Subject */
  async read(
    table: ListTable,
    { platform, times, repeated }: QueryUnit,
    question: Question,
    names: readonly string[],
    isSubject: (name: string) => boolean,
  ): Promise<ListAnswer> {
    if (times || repeated) this.#known.clear();
    const figures = { received: 0, foreign: 0, isRefused: false, isEmpty: false };
    const ids = new Set<string>();
    const { subjectColumn: column } = table;
    const isOwn = (row: AnswerRow) =>
      !column || (row[column] === question.id && isSubject(row[column.replace(/id$/, 'name')] ?? ''));
    const send: SendQuery = async (...statements) => {
      const answer = await this.#rowsOf(statements, platform, table);
      if (!answer) figures.isRefused = true;
      const rows = answer?.filter(isOwn) ?? [];
      for (const row of rows) ids.add(row[table.idColumn] ?? '');
      figures.isEmpty = answer !== undefined && ids.size === 0;
      const received = answer?.length ?? 0;
      figures.foreign += received - rows.length;
      figures.received = Math.max(figures.received, received);
      return rows;
    };
    const { kind } = this.#context.subject;
    const lists = [];
    for (const name of names) lists.push(await table.collect({ kind, name }, question, send));
    // Two spellings of a name list the same object.
    const rows = [...new Map(lists.flat().map((row) => [JSON.stringify(row), row])).values()];
    return { ...figures, rows, ids: figures.isRefused && table.listing ? undefined : ids };
  }

  /** The answer to the first statement that the Engine knows; the last one is queried twice, since a refusal may be a passing fault. */
  async #rowsOf(statements: readonly string[], platform: Platform, { file, byName }: ListTable) {
    for (const statement of [...statements, statements.at(-1)!]) {
      const key = `${platform} ${statement}`;
      const rows = this.#known.get(key) ?? (await this.#context.client.rowsIfKnown(statement, platform, file));
      if (byName && rows) this.#known.set(key, rows);
      if (rows) return rows;
    }
    return undefined;
  }
}
