import { distinctNames } from '../../archive/column-names.ts';
import type { FragmentEncoder } from '../../archive/fragment.ts';
import { type Day, type DayWindow, dayOf } from '../../common/day-window.ts';
import { borrowKernel, returnKernel } from '../../rows/row-kernel.ts';
import { type RowLayout, RowWriter } from '../../rows/row-writer.ts';
import { TsvReader } from '../../rows/tsv.ts';
import { cellIs, cellText, cellTexts, exactTexts, type TsvRecord } from '../../rows/tsv-record.ts';
import { EngineAnswerError, EngineRowsError } from '../errors.ts';
import { type AskedQuery, judgeHeader } from './evidence.ts';

/** Which rows of an answer belong to the question. */
interface RowRule {
  /** Column that must hold `subjectId`; other rows are dropped and counted. Source: docs/nxql.md. */
  readonly subjectColumn: string;
  readonly subjectId: string;
  readonly timeColumn?: string | undefined;
  /** Rows that start in another window are dropped: that window has them. The first window keeps rows that began before it. */
  readonly window?: DayWindow | undefined;
  readonly firstWindow: boolean;
}

/** What an answer held. `received` counts every row, `rows` those that were written. */
export interface AnswerFigures {
  readonly received: number;
  readonly rows: number;
  readonly foreign: number;
  /** The latest time of a row that was written, and how many rows have it. */
  readonly newest: string;
  readonly newestRows: number;
  readonly rowsPerDay: Record<Day, number>;
}

/** The records of an answer, one after another. @throws {EngineRowsError} one is too long, or does not fit the header */
async function* recordsOf(engineId: string, stream: AsyncIterable<Buffer>): AsyncGenerator<TsvRecord> {
  const kernel = borrowKernel();
  const reader = new TsvReader(kernel);
  let begun = false;
  function* records(chunk: Buffer, last: boolean): Generator<TsvRecord> {
    for (const record of reader.push(chunk, last)) {
      if (!begun) reader.expect(cellTexts(record));
      begun = true;
      yield record;
    }
  }
  try {
    for await (const chunk of stream) yield* records(chunk, false);
    yield* records(Buffer.alloc(0), true);
  } catch (error) {
    throw nameFault(engineId, error);
  } finally {
    returnKernel(kernel);
  }
}

const nameFault = (engineId: string, error: unknown): unknown =>
  error instanceof RangeError ? new EngineRowsError(engineId, error.message) : error;

/** The columns of an answer, which has passed the judge. @throws {EngineAnswerError} it is not the header of an answer */
function headerOf(asked: AskedQuery, record: TsvRecord): string[] {
  const header = distinctNames(cellTexts(record));
  judgeHeader(asked, header);
  return header;
}

/** Reads the header of an answer; the rest is read too, so that the connection can be used again. @throws {EngineAnswerError} */
export async function readHeader(asked: AskedQuery, stream: AsyncIterable<Buffer>): Promise<string[]> {
  let header: string[] | undefined;
  for await (const record of recordsOf(asked.engineId, stream)) header ??= headerOf(asked, record);
  if (!header) throw new EngineAnswerError(asked.engineId, 'no header');
  return header;
}

/** Reads a small answer whole, as one object per row, in texts for `encodeExactly`. @throws {EngineAnswerError} no header, or another */
export async function readObjects(asked: AskedQuery, stream: AsyncIterable<Buffer>): Promise<Record<string, string>[]> {
  let header: string[] | undefined;
  const rows: string[][] = [];
  for await (const record of recordsOf(asked.engineId, stream)) {
    if (header) rows.push(exactTexts(record));
    else header = headerOf(asked, record);
  }
  if (!header) throw new EngineAnswerError(asked.engineId, 'no header');
  const columns = header;
  return rows.map((cells) => Object.fromEntries(columns.map((column, cell) => [column, cells[cell] ?? ''])));
}

/**
 * Streams an answer into the compressor as CSV.
 * @param layOut the file's layout for the answer's columns; what it throws leaves the answer unread
 * @throws {EngineAnswerError} the header is not that of an answer to the statement
 * @throws {EngineRowsError} a record does not fit the header, or is too long
 */
export async function readAnswer(
  asked: AskedQuery,
  stream: AsyncIterable<Buffer>,
  encoder: FragmentEncoder,
  rule: RowRule,
  layOut: (columns: readonly string[]) => { layout: RowLayout; neutralizeFormulas: boolean },
): Promise<AnswerFigures> {
  const { engineId } = asked;
  const kernel = borrowKernel();
  const reader = new TsvReader(kernel);
  const figures = {
    received: 0,
    rows: 0,
    foreign: 0,
    newest: '',
    newestRows: 0,
    rowsPerDay: {} as Record<Day, number>,
  };
  let writer: RowWriter | undefined;
  let accepts: (record: TsvRecord) => boolean = () => true;

  const take = (record: TsvRecord): number => {
    if (!writer) {
      const columns = headerOf(asked, record);
      const { layout, neutralizeFormulas } = layOut(columns);
      reader.expect(columns);
      writer = new RowWriter(reader, layout, neutralizeFormulas);
      accepts = acceptance(engineId, columns, rule, figures);
      return 0;
    }
    figures.received++;
    if (!accepts(record)) return 0;
    figures.rows++;
    return writer.write();
  };
  const takeAll = async (chunk: Buffer, last: boolean): Promise<void> => {
    for (const record of reader.push(chunk, last)) {
      if (take(record) >= kernel.rowsPiece) await encoder.write(writer!.take());
    }
    if (writer && last) await encoder.write(writer.take());
  };
  try {
    for await (const chunk of stream) await takeAll(chunk, false);
    await takeAll(Buffer.alloc(0), true);
  } catch (error) {
    throw nameFault(engineId, error);
  } finally {
    await encoder.settled(); // rows are still in the kernel's memory
    returnKernel(kernel);
  }
  if (!writer) throw new EngineAnswerError(engineId, 'no header');
  return figures;
}

function acceptance(
  engineId: string,
  columns: readonly string[],
  rule: RowRule,
  figures: { foreign: number; newest: string; newestRows: number; rowsPerDay: Record<Day, number> },
): (record: TsvRecord) => boolean {
  const subject = columns.indexOf(rule.subjectColumn);
  if (subject < 0) throw new EngineAnswerError(engineId, 'columns that do not name the subject', 'COLUMNS_MISSING');
  const time = rule.timeColumn === undefined ? -1 : columns.indexOf(rule.timeColumn);
  const { window, firstWindow } = rule;
  const subjectId = Buffer.from(rule.subjectId);
  let lastDay: Day | undefined;
  return (record) => {
    if (!cellIs(record, subject, subjectId)) {
      figures.foreign++;
      return false;
    }
    if (time < 0) return true;
    const stamp = cellText(record, time);
    if (lastDay === undefined || !stamp.startsWith(lastDay)) lastDay = dayOf(stamp);
    const day = lastDay;
    if (day === undefined) return true; // an unknown format: better twice than never
    if (window && (day >= window.to || (day < window.from && !firstWindow))) return false;
    figures.rowsPerDay[day] = (figures.rowsPerDay[day] ?? 0) + 1;
    if (stamp > figures.newest) {
      figures.newest = stamp;
      figures.newestRows = 1;
    } else if (stamp === figures.newest) figures.newestRows++;
    return true;
  };
}
