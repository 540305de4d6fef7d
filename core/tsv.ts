const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

/** A quoted cell longer than this was no quoted cell: the quote is data. */
const LONGEST_QUOTED_RECORD = 1024 * 1024;

/** One record of tab-separated text: cell i is `bytes[starts[i] .. ends[i])`, quotes undone. Valid until the next one. */
export interface TsvRecord {
  readonly bytes: Buffer;
  readonly count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

const MOST_CELLS = 4096;

/**
 * Cuts a stream of tab-separated text into records, whatever the chunks. Quotes are honoured as in RFC 4180; a record
 * whose number of cells then disagrees with the header's is cut again with quotes as data. Accepts LF and CRLF, drops
 * a byte order mark. Memory holds one chunk and one record.
 * Source: domain/nxql.md section 2.1 (quoting on real Engines is unknown, so both are read).
 */
export class TsvReader {
  /** Cells that each record must have; 0 until the header was read. */
  columns = 0;
  #rest: Buffer = Buffer.alloc(0);
  #first = true;
  readonly #starts = new Int32Array(MOST_CELLS);
  readonly #ends = new Int32Array(MOST_CELLS);

  /** Records that are complete with this chunk. @throws {RangeError} a record of a wrong number of cells */
  *push(chunk: Buffer, last = false): Generator<TsvRecord> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#first && bytes.length >= 3) {
      this.#first = false;
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    }
    this.#quote = -1;
    let at = 0;
    while (at < bytes.length) {
      const next = this.#cut(bytes, at, last);
      if (next === 0) break;
      if (this.#count > 0) yield { bytes, count: this.#count, starts: this.#starts, ends: this.#ends };
      at = next;
    }
    this.#rest = bytes.subarray(at);
  }

  #count = 0;
  /** Where the next quote stands, `Infinity` when there is none: looked up once, not for each record. */
  #quote = -1;

  /** Cuts the record at `at`; returns where the next begins, 0 when it is not complete yet. */
  #cut(bytes: Buffer, at: number, last: boolean): number {
    let lf = bytes.indexOf(LF, at);
    if (lf < 0) {
      if (!last) return 0;
      lf = bytes.length;
    }
    if (this.#quote < at) {
      const found = bytes.indexOf(QUOTE, at);
      this.#quote = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    if (this.#quote >= lf) return this.#cutRaw(bytes, at, lf);
    const next = this.#cutQuoted(bytes, at, last);
    if (next === 0 && !last && bytes.length - at < LONGEST_QUOTED_RECORD) return 0;
    if (next === 0 || (this.columns > 0 && this.#count !== this.columns)) return this.#cutRaw(bytes, at, lf);
    return next;
  }

  /** Quotes are data: the record ends at `lf`. */
  #cutRaw(bytes: Buffer, at: number, lf: number): number {
    const end = lf > at && bytes[lf - 1] === CR ? lf - 1 : lf;
    let count = 0;
    let start = at;
    for (let i = at; i < end; i++) {
      if (bytes[i] !== TAB) continue;
      this.#starts[count] = start;
      this.#ends[count++] = i;
      start = i + 1;
    }
    this.#starts[count] = start;
    this.#ends[count++] = end;
    this.#count = end === at && this.columns !== 1 ? 0 : count;
    this.#check();
    return lf + 1;
  }

  /** Cells may be quoted; doubled quotes are undone in place. Returns 0 when the record does not end in `bytes`. */
  #cutQuoted(bytes: Buffer, at: number, last: boolean): number {
    let count = 0;
    let i = at;
    const undo: [number, number, number][] = [];
    for (;;) {
      let start = i;
      let end: number;
      if (bytes[i] === QUOTE) {
        let close = i + 1;
        let doubled = false;
        for (;;) {
          close = bytes.indexOf(QUOTE, close);
          if (close < 0) return 0;
          if (close + 1 >= bytes.length && !last) return 0;
          if (bytes[close + 1] !== QUOTE) break;
          doubled = true;
          close += 2;
        }
        start = i + 1;
        end = close;
        i = close + 1;
        if (doubled) undo.push([count, start, end]);
        if (bytes[i] === CR && bytes[i + 1] === LF) i += 1;
        if (i < bytes.length && bytes[i] !== TAB && bytes[i] !== LF) return 0;
      } else {
        while (i < bytes.length && bytes[i] !== TAB && bytes[i] !== LF) i++;
        if (i >= bytes.length && !last) return 0;
        end = bytes[i] === LF && i > start && bytes[i - 1] === CR ? i - 1 : i;
      }
      this.#starts[count] = start;
      this.#ends[count++] = end;
      if (i >= bytes.length || bytes[i] === LF) break;
      i += 1;
    }
    this.#count = count;
    if (this.columns > 0 && count !== this.columns) return i + 1;
    for (const [cell, start, end] of undo) this.#ends[cell] = undouble(bytes, start, end);
    return i + 1;
  }

  #check(): void {
    if (this.columns > 0 && this.#count > 0 && this.#count !== this.columns) {
      throw new RangeError(`a record of ${this.#count} cells under a header of ${this.columns}`);
    }
  }
}

/** Writes `bytes[start..end)` with doubled quotes made single over itself; returns the new end. */
function undouble(bytes: Buffer, start: number, end: number): number {
  let to = start;
  for (let from = start; from < end; from++) {
    bytes[to++] = bytes[from]!;
    if (bytes[from] === QUOTE) from++;
  }
  return to;
}
