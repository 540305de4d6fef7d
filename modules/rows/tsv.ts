import type { RowKernel } from './row-kernel.ts';
import type { TsvRecord } from './tsv-record.ts';

/** What `cut` of modules/rows/kernel/records.ts gives in place of where the next record begins. */
const INCOMPLETE = 0;
const TOO_LONG = -2;
const OTHER_COUNT = -3;

/**
 * Cuts a stream of tab-separated text into records, whatever the chunks. Quotes are honoured as in RFC 4180; a record
 * that breaks these rules, or whose number of cells then disagrees with the header's, is cut again with quotes as data.
 * Where both fit, one record of several lines and as many records, it is refused: to guess could swallow rows.
 * Accepts LF and CRLF, drops a byte order mark. Memory holds one record and a piece; a record of more than
 * `longestRecord` bytes is refused, so that it stays flat. The work itself is done by modules/rows/kernel/records.ts.
 * Source: docs/nxql.md (quoting on real Engines is unknown, so both are read).
 */
export class TsvReader {
  readonly kernel: RowKernel;
  /** Where each object of the header begins, then the number of columns. */
  firsts: readonly number[] = [0];
  #filled: number;
  #first = true;

  /** @param kernel that nobody else uses meanwhile */
  constructor(kernel: RowKernel) {
    this.kernel = kernel;
    this.#filled = kernel.input;
    kernel.run.expect(0, 0);
  }

  /** Each record from now on must have the columns of the header. */
  expect(columns: readonly string[]): void {
    this.firsts = firstsOf(columns);
    this.kernel.firsts.set(this.firsts);
    this.kernel.run.expect(columns.length, this.firsts.length - 1);
  }

  /** Records that are complete with this chunk. @throws {RangeError} a record too long, or of a wrong number of cells */
  *push(chunk: Buffer, last = false): Generator<TsvRecord> {
    const { bytes, textPiece } = this.kernel;
    let from = 0;
    do {
      this.#filled += chunk.copy(bytes, this.#filled, from, from + textPiece);
      from += textPiece;
      yield* this.#records(last && from >= chunk.length);
    } while (from < chunk.length);
  }

  *#records(last: boolean): Generator<TsvRecord> {
    const { bytes, edges, record, input, run } = this.kernel;
    let at = input;
    if (this.#first) {
      const filled = this.#filled - input;
      if (filled < 3 && !last) return;
      if (filled >= 3 && bytes.readUIntBE(input, 3) === 0xefbbbf) at += 3;
      this.#first = false;
    }
    while (at < this.#filled) {
      const next = run.cut(at, this.#filled, last ? 1 : 0);
      if (next === INCOMPLETE) break;
      if (next < 0) throw this.#fault(next);
      if (record[0]! > 0) yield { bytes, edges, count: record[0]!, quoted: record[1] === 1, known: record[2]! };
      at = next;
    }
    if (at > input && at < this.#filled) bytes.copyWithin(input, at, this.#filled);
    this.#filled = Math.max(input, this.#filled - at + input);
  }

  #fault(code: number): RangeError {
    if (code === TOO_LONG) return new RangeError(`a record of more than ${this.kernel.longestRecord} bytes`);
    if (code !== OTHER_COUNT) return new RangeError('lines that are one record or several, as quotes are read');
    const columns = this.firsts.at(-1) || this.kernel.mostCells;
    return new RangeError(`a record of ${this.kernel.record[0]} cells under a header of ${columns}`);
  }
}

/**
 * Where each object of an answer begins, then the number of columns. The cells of an object stand together: columns
 * `user/id`, `user/name`, ...
 */
function firstsOf(columns: readonly string[]): number[] {
  const objectOf = (column: string | undefined) => column?.slice(0, column.indexOf('/') + 1);
  const starts = columns.flatMap((column, i) => (i > 0 && objectOf(column) === objectOf(columns[i - 1]) ? [] : [i]));
  return [...starts, columns.length];
}
