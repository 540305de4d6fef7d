import { orderedById } from '../nxql.ts';
import type { Question, StreamTable } from '../tables/queried-table.ts';

import type { EngineAsker } from './engine-client.ts';
import type { Unit } from './query-units.ts';
import type { AnswerFigures } from './read-answer.ts';

/**
 * True when the Engine holds newer rows than it gave, though it was asked for more than it gave: some versions may cap
 * an answer without a word. One small question; none is asked about small answers.
 * @param questionFor the unit's own question with another limit
 * @param confirmRows answers from so many rows on are checked
 */
export async function isSilentlyCut(
  asker: EngineAsker,
  table: StreamTable,
  unit: Unit,
  figures: AnswerFigures,
  questionFor: (limit: number) => Question,
  confirmRows: number,
): Promise<boolean> {
  if (!table.newest || !table.timeColumn || !unit.window || figures.received < confirmRows) return false;
  const statement = table.newest(questionFor(figures.newestRows + 1));
  const rows = (await asker.rowsIfKnown(statement, unit.platform, table.file)) ?? [];
  const { to } = unit.window;
  const times = rows.map((row) => row[table.timeColumn!] ?? '').filter((time) => time.slice(0, 10) < to);
  const equal = times.filter((time) => time === figures.newest).length;
  return times.some((time) => time > figures.newest) || equal > figures.newestRows;
}

/**
 * What is to be said of an answer of many rows without a time, for which a limit was not asked: its ids are asked for
 * from both ends, so that a cap leaves out others.
 * @param statement of the answer, or for its ids alone @param received rows that came
 * @returns why it may not be whole: `ROW_LIMIT`, there are more, or `UNCONFIRMED`, the Engine does not order objects
 */
export async function doubtAbout(
  asker: EngineAsker,
  statement: string,
  { platform }: Unit,
  file: string,
  received: number,
): Promise<'ROW_LIMIT' | 'UNCONFIRMED' | undefined> {
  const ids = new Set<string | undefined>();
  for (const direction of ['asc', 'desc'] as const) {
    const rows = await asker.rowsOrNone(orderedById(statement, direction), platform, file);
    if (rows.length === 0) return 'UNCONFIRMED';
    for (const { id } of rows) ids.add(id);
  }
  return ids.size > received ? 'ROW_LIMIT' : undefined;
}
