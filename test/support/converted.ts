import { makeKernel } from '../../modules/rows/row-kernel.ts';
import { RowWriter } from '../../modules/rows/row-writer.ts';
import { cellTexts, TsvReader } from '../../modules/rows/tsv.ts';

/** For one answer after another. */
export const kernel = makeKernel();

const quoted = (cell: string): string => (/["\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

export interface Options {
  readonly cells: readonly number[];
  readonly neutralize: boolean;
  readonly size?: number;
  /** Rows that are not written. */
  readonly drop?: (row: number) => boolean;
}

/** Writes an answer, its header first, as CSV; tells how many objects were known. */
export function convert(answer: string, { cells, neutralize, size = 1e6, drop = () => false }: Options) {
  const reader = new TsvReader(kernel);
  const pieces: Buffer[] = [];
  let writer: RowWriter | undefined;
  let [row, known] = [0, 0];
  const bytes = Buffer.from(answer);
  for (let at = 0; at <= bytes.length; at += size) {
    for (const record of reader.push(bytes.subarray(at, at + size), at + size > bytes.length)) {
      if (!writer) {
        reader.expect(cellTexts(record));
        writer = new RowWriter(reader, { cells, prefix: ['engine, 1', 'windows'] }, neutralize);
      } else if (!drop(row++)) {
        if (writer.write() >= reader.kernel.rowsPiece) pieces.push(Buffer.from(writer.take()));
        known += record.known;
      }
    }
    if (writer) pieces.push(Buffer.from(writer.take()));
  }
  return { csv: Buffer.concat(pieces).toString(), known };
}

export const answerOf = (rows: readonly (readonly string[])[], lineEnd = '\n') =>
  rows.map((row) => row.map(quoted).join('\t') + lineEnd).join('');

/** True for a record that may as well be several, with quotes as data; such are refused. */
export function isTwofold(row: readonly string[]): boolean {
  const lines = row.map(quoted).join('\t').split('\n');
  return lines.length > 1 && lines.every((line) => line.split('\t').length === row.length);
}
