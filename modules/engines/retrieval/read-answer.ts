import { distinctNames } from '../../archive/column-names.ts';
import type { FragmentEncoder } from '../../archive/fragment.ts';
import { borrowKernel, returnKernel } from '../../rows/row-kernel.ts';
import { type RowLayout, RowWriter } from '../../rows/row-writer.ts';
import { cellTexts, TsvReader, type TsvRecord } from '../../rows/tsv.ts';
import { EngineAnswerError, EngineRowsError } from '../errors.ts';
import { queriedColumns } from '../nxql.ts';
import { type AnswerFigures, RowJudge, type RowRule } from './row-judge.ts';

/** A query whose answer is judged. */
export type AskedQuery = { readonly engineId: string; readonly statement: string };

/** The header must hold the queried columns, so that no page becomes a row (R12). @throws {EngineAnswerError} */
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

/** The records of an answer, one after another. @throws {EngineRowsError} one is too long, or does not fit the header */
export async function* recordsOf(engineId: string, stream: AsyncIterable<Buffer>): AsyncGenerator<TsvRecord> {
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

/** The columns of an answer. @throws {EngineAnswerError} it is not the header of an answer */
function headerOf(asked: AskedQuery, record: TsvRecord): string[] {
  const header = distinctNames(cellTexts(record));
  judgeHeader(asked, header);
  return header;
}

/** Reads a small answer whole, as one object per row; equal ids are one row. @throws {EngineAnswerError} no header, or another */
export async function readObjects(asked: AskedQuery, stream: AsyncIterable<Buffer>) {
  const [all, header]: [string[][], string[]] = [[], []];
  for await (const record of recordsOf(asked.engineId, stream)) {
    const cells = cellTexts(record);
    if (header.length === 0) header.push(...headerOf(asked, record));
    else if (cells.join('') !== '') all.push(cells); // an empty line under a single column is no row
  }
  if (header.length === 0) throw new EngineAnswerError(asked.engineId, 'no header');
  const once = header.includes('id') ? [...new Map(all.map((cells) => [cells.join('\t'), cells])).values()] : all;
  const rows = once.map((cells) => Object.fromEntries(header.map((column, cell) => [column, cells[cell] ?? ''])));
  return { header, rows, doubles: all.length - rows.length };
}

/** Streams an answer into the compressor as CSV. What `layOut` throws leaves it unread. @throws {EngineAnswerError | EngineRowsError} */
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
  let writer: RowWriter | undefined;
  let judge: RowJudge | undefined;

  const take = (record: TsvRecord): number => {
    if (judge) return judge.accepts(record) ? writer!.write() : 0;
    const columns = headerOf(asked, record);
    const { layout, neutralizeFormulas } = layOut(columns);
    reader.expect(columns);
    writer = new RowWriter(reader, layout, neutralizeFormulas);
    judge = new RowJudge(engineId, columns, rule);
    return 0;
  };
  const pass = async (): Promise<void> => {
    const rows = writer!.take();
    encoder.openRows = judge!.rows;
    await encoder.write(rows);
  };
  const takeAll = async (chunk: Buffer, last: boolean): Promise<void> => {
    for (const record of reader.push(chunk, last)) {
      if (take(record) >= kernel.rowsPiece) await pass();
    }
    if (writer && last) await pass();
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
  if (!judge) throw new EngineAnswerError(engineId, 'no header');
  return judge.figures;
}
