import type { RowKernel } from './row-kernel.ts';

/** Codes that `cut` of modules/rows/kernel/records.ts returns instead of the start of the next record. */
const INCOMPLETE = 0;
const TOO_LONG = -2;

export const LF = 0x0a;
export const QUOTE = 0x22;
/** How often each byte of an incomplete record is looked at, on average. */
const MAX_LOOKS = 8;

/**
 * Cuts tab-separated text into records: with quotes as in RFC 4180, or as data where a record breaks these rules or has another number
 * of cells than the header. If lines fit as one quoted record and as several, they are several: no row is lost.
 * It accepts LF and CRLF, drops a byte order mark, and refuses a record of more than `maxRecordBytes`, so that memory stays constant.
 * Source: docs/nxql.md (the quoting of real Engines is unknown). Code: modules/rows/kernel/records.ts.
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

/** The first column of each object of an answer, whose columns are neighbours (`user/id`, `user/name`), then the number of columns. */
function firstsOf(columns: readonly string[]): number[] {
  const objectOf = (column: string | undefined) => column?.slice(0, column.indexOf('/') + 1);
  const starts = columns.flatMap((column, i) => (i > 0 && objectOf(column) === objectOf(columns[i - 1]) ? [] : [i]));
  return [...starts, columns.length];
}

/** A record, valid until the next one. Cell i is `bytes[edges[i] + 1 .. edges[i + 1])`, with its quotes if it has any. */
export interface TsvRecord {
  readonly bytes: Buffer;
  readonly count: number;
  readonly edges: Int32Array;
  /** False when quotes are data. */
  readonly quoted: boolean;
  /** Number of its objects that were known from earlier records. */
  readonly known: number;
}

export function cellText({ bytes, edges, quoted }: TsvRecord, cell: number): string {
  const [start, end] = [edges[cell]! + 1, edges[cell + 1]!];
  if (!quoted || bytes[start] !== QUOTE || end === start) return bytes.toString('utf8', start, end);
  return bytes.toString('utf8', start + 1, end - 1).replaceAll('""', '"');
}

/** True when a cell, without its quotes, equals these bytes. */
export function cellIs(record: TsvRecord, cell: number, wanted: Buffer): boolean {
  const { bytes, edges } = record;
  const start = edges[cell]! + 1;
  const length = edges[cell + 1]! - start;
  if (length > 0 && bytes[start] === QUOTE) return cellText(record, cell) === wanted.toString();
  if (length !== wanted.length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

/** A copy of a cell's bytes, with its quotes if it has any, to compare later cells with. */
export class LastCell {
  #bytes = Buffer.alloc(64);
  #length = -1;

  is({ bytes, edges }: TsvRecord, cell: number): boolean {
    const start = edges[cell]! + 1;
    if (edges[cell + 1]! - start !== this.#length) return false;
    const last = this.#bytes;
    for (let i = 0; i < this.#length; i++) if (bytes[start + i] !== last[i]) return false;
    return true;
  }

  set({ bytes, edges }: TsvRecord, cell: number): void {
    const [start, end] = [edges[cell]! + 1, edges[cell + 1]!];
    this.#length = end - start;
    if (this.#length > this.#bytes.length) this.#bytes = Buffer.alloc(2 * this.#length);
    for (let i = start; i < end; i++) this.#bytes[i - start] = bytes[i]!;
  }
}

export const cellTexts = (record: TsvRecord): string[] =>
  Array.from({ length: record.count }, (_, cell) => cellText(record, cell));
