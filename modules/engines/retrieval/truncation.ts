import { orderedById } from '../nxql.ts';
import type { Question, StreamTable } from '../tables/queried-table.ts';

import type { EngineClient } from './engine-client.ts';
import type { QueryUnit } from './query-units.ts';
import type { AnswerFigures } from './row-judge.ts';

/**
 * True when the Engine holds newer rows than it returned, below the limit: some versions may truncate an answer silently. Takes
 * one small query, and none for small answers.
 * @param questionFor the unit's own question with another limit
 * @param confirmRows minimum rows of an answer that is checked
 */
export async function isTruncated(
  client: EngineClient,
  table: StreamTable,
  unit: QueryUnit,
  figures: AnswerFigures,
  questionFor: (limit: number) => Question,
  confirmRows: number,
): Promise<boolean> {
  if (!table.newest || !table.timeColumn || !unit.window || figures.received < confirmRows) return false;
  const statement = table.newest(questionFor(figures.newestRows + 1));
  const rows = (await client.rowsIfKnown(statement, unit.platform, table.file)) ?? [];
  const { to } = unit.window;
  const times = rows.map((row) => row[table.timeColumn!] ?? '').filter((time) => time.slice(0, 10) < to);
  const equal = times.filter((time) => time === figures.newest).length;
  return times.some((time) => time > figures.newest) || equal > figures.newestRows;
}

/**
 * Checks a long answer without times, which was queried without a limit: its ids are queried from both ends, so that a truncated
 * answer leaves out others.
 * @param statement of the answer, or only for its ids @param received rows of the answer
 * @returns why it may be incomplete: `ROW_LIMIT`, there are more rows, or `UNCONFIRMED`, the Engine does not order objects
 */
export async function truncationOf(
  client: EngineClient,
  statement: string,
  { platform }: QueryUnit,
  file: string,
  received: number,
): Promise<'ROW_LIMIT' | 'UNCONFIRMED' | undefined> {
  const ids = new Set<string | undefined>();
  for (const direction of ['asc', 'desc'] as const) {
    const rows = await client.rowsOrNone(orderedById(statement, direction), platform, file);
    if (rows.length === 0) return 'UNCONFIRMED';
    for (const { id } of rows) ids.add(id);
  }
  return ids.size > received ? 'ROW_LIMIT' : undefined;
}
