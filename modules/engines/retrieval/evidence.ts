import { EngineAnswerError } from '../errors.ts';
import { queriedColumns } from '../nxql.ts';

/** A query whose answer is judged. */
export interface AskedQuery {
  readonly engineId: string;
  readonly statement: string;
}

/**
 * Judges the header of an answer before a row of it counts: it must hold the queried columns, in any order, and may hold others.
 * A text, JSON or a page under status 200 holds none of them, so it never becomes a header (R12).
 * @throws {EngineAnswerError} it is not the header of an answer to this statement
 */
export function judgeHeader({ engineId, statement }: AskedQuery, header: readonly string[]): void {
  const queried = queriedColumns(statement);
  const absent = queried.filter((column) => !isIn(header, column));
  if (absent.length === 0) return;
  if (absent.length === queried.length) throw new EngineAnswerError(engineId, 'something that is not data');
  throw new EngineAnswerError(engineId, `no column ${absent[0]}`, 'COLUMNS_MISSING');
}

/** `binary/*` is any column of that table. Whether the `#` of a dynamic field is kept is not known. Source: docs/nxql.md. */
function isIn(header: readonly string[], queried: string): boolean {
  if (queried.endsWith('/*')) return header.some((column) => column.startsWith(queried.slice(0, -1)));
  return header.includes(queried) || (queried.startsWith('#') && header.includes(queried.slice(1)));
}
