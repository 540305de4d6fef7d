import type { RowKernel } from './row-kernel.ts';
import type { TsvRecord } from './tsv-record.ts';

/** Codes that `cut` of modules/rows/kernel/records.ts returns instead of the start of the next record. */
const INCOMPLETE = 0;
const TOO_LONG = -2;

const LF = 0x0a;
/** How often each byte of an incomplete record is looked at, on average. */
const MAX_LOOKS = 8;

/**
 * Cuts a stream of tab-separated text into records. It first honours quotes as in RFC 4180. A record that breaks these
 * rules, or that has another number of cells than the header, is cut again with quotes as data. If lines fit both as
 * one quoted record and as several records, they are several records: no row is lost.
 * It accepts LF and CRLF and drops a byte order mark. It refuses a record of more than `maxRecordBytes` bytes, so that
 * memory use stays constant. modules/rows/kernel/records.ts does the work.
 * Source: docs/nxql.md (the quoting of real Engines is unknown).
 */
export class TsvReader {
  readonly kernel: RowKernel;
  /** Where each object of the header begins, then the number of columns. */
  firsts: readonly number[] = [0];
  #filled: number;
  #first = true;
  /** Bytes of an incomplete record that were looked at, each time counted, and those of the last time. */
  #inVain = 0;
  #seen = 0;

  /** @param kernel must have no other user meanwhile */
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

  /** Records that this chunk completes. @throws {RangeError} a record is too long or has a wrong number of cells */
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
    while (at < this.#filled && (last || this.#mayBeWhole(at))) {
      const next = run.cut(at, this.#filled, last ? 1 : 0);
      this.#seen = next === INCOMPLETE ? this.#filled - at : 0;
      this.#inVain = next === INCOMPLETE ? this.#inVain + this.#seen : 0;
      if (next === INCOMPLETE) break;
      if (next < 0) throw this.#fault(next);
      if (record[0]! > 0) yield { bytes, edges, count: record[0]!, quoted: record[1] === 1, known: record[2]! };
      at = next;
    }
    if (at > input && at < this.#filled) bytes.copyWithin(input, at, this.#filled);
    this.#filled = Math.max(input, this.#filled - at + input);
  }

  /** False when an incomplete record has no new line end, or was looked at too often: text in tiny pieces takes linear time. */
  #mayBeWhole(at: number): boolean {
    const { bytes, maxRecordBytes } = this.kernel;
    const length = this.#filled - at;
    if (this.#seen === 0 || length > maxRecordBytes) return true;
    const isNew = bytes.subarray(at + this.#seen, this.#filled).includes(LF);
    if (!isNew) this.#seen = length;
    return isNew && this.#inVain <= MAX_LOOKS * length;
  }

  #fault(code: number): RangeError {
    if (code === TOO_LONG) return new RangeError(`a record of more than ${this.kernel.maxRecordBytes} bytes`);
    const columns = this.firsts.at(-1) || this.kernel.maxCells;
    return new RangeError(`a record of ${this.kernel.record[0]} cells under a header of ${columns}`);
  }
}

/**
 * The first column of each object of an answer, then the number of columns. The columns of an object are neighbours:
 * `user/id`, `user/name`, ...
 */
function firstsOf(columns: readonly string[]): number[] {
  const objectOf = (column: string | undefined) => column?.slice(0, column.indexOf('/') + 1);
  const starts = columns.flatMap((column, i) => (i > 0 && objectOf(column) === objectOf(columns[i - 1]) ? [] : [i]));
  return [...starts, columns.length];
}
