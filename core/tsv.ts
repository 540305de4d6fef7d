import { asksForQuotes, CR, closingQuote, fitsLineByLine, LF, MARKED, OVER_LINE, QUOTE, TAB } from './cell-bytes.ts';
import { KnownObjects, type ObjectText } from './known-objects.ts';
import type { TsvRecord } from './tsv-record.ts';

export { cellIs, cellText, cellTexts, exactTexts, type TsvRecord } from './tsv-record.ts';

/** Longest record, bytes: an answer with a longer one is refused, so that memory stays flat. */
export const LONGEST_RECORD = 1024 * 1024;

/** Chunks are taken in pieces of this size. */
const PIECE = 64 * 1024;
const MOST_CELLS = 4096;

const INCOMPLETE = 0;
const BROKEN = -1;
const NOTHING_KNOWN: readonly undefined[] = [];

/**
 * Cuts a stream of tab-separated text into records, whatever the chunks. Quotes are honoured as in RFC 4180; a record
 * that breaks these rules, or whose number of cells then disagrees with the header's, is cut again with quotes as data.
 * Where both fit, one record of several lines and as many records, it is refused: to guess could swallow rows.
 * Accepts LF and CRLF, drops a byte order mark. Memory holds one record and a piece.
 * Source: domain/nxql.md section 2.1 (quoting on real Engines is unknown, so both are read).
 */
export class TsvReader {
  #objects = new KnownObjects([]);
  #columns = 0;
  #bytes = Buffer.allocUnsafeSlow(2 * PIECE);
  #filled = 0;
  #first = true;
  #count = 0;
  /** A quoted cell of the record at hand goes over a line end. */
  #overLine = false;
  readonly #edges = new Int32Array(MOST_CELLS + 1);
  readonly #marks = new Uint8Array(MOST_CELLS);
  readonly #known: (ObjectText | undefined)[] = [];

  /** Each record from now on must have the columns of the header. @returns what the answer repeats */
  expect(columns: readonly string[]): KnownObjects {
    this.#columns = columns.length;
    this.#objects = new KnownObjects(columns);
    return this.#objects;
  }

  /** Records that are complete with this chunk. @throws {RangeError} a record too long, or of a wrong number of cells */
  *push(chunk: Buffer, last = false): Generator<TsvRecord> {
    let from = 0;
    do {
      if (this.#filled + PIECE > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * this.#bytes.length);
      this.#filled += chunk.copy(this.#bytes, this.#filled, from, from + PIECE);
      from += PIECE;
      yield* this.#records(last && from >= chunk.length);
    } while (from < chunk.length);
  }

  *#records(last: boolean): Generator<TsvRecord> {
    let at = 0;
    if (this.#first) {
      if (this.#filled < 3 && !last) return;
      if (this.#filled >= 3 && this.#bytes.readUIntBE(0, 3) === 0xefbbbf) at = 3;
      this.#first = false;
    }
    while (at < this.#filled) {
      let quoted = true;
      let next = this.#cut(at, quoted, last);
      if (next === BROKEN) {
        quoted = false;
        next = this.#cut(at, quoted, last);
      }
      if (next === INCOMPLETE) break;
      if (this.#count > 0) {
        const known = quoted ? this.#known : NOTHING_KNOWN;
        const [bytes, count, edges, marks] = [this.#bytes, this.#count, this.#edges, this.#marks];
        yield { bytes, count, edges, end: next, marks, quoted, known };
      }
      at = next;
    }
    if (at > 0 && at < this.#filled) this.#bytes.copyWithin(0, at, this.#filled);
    this.#filled = Math.max(0, this.#filled - at);
  }

  /** Cuts the record at `at`. @returns where the next one begins, or `INCOMPLETE`, or `BROKEN` when quotes are data */
  #cut(at: number, quoted: boolean, last: boolean): number {
    const end = this.#findEnd(at, quoted, last);
    const tooLong = (end === INCOMPLETE ? this.#filled : end) - at > LONGEST_RECORD;
    if (end === BROKEN || (end === INCOMPLETE && !tooLong)) return end;
    if (this.#count === 1 && this.#edges[1] === at && this.#columns !== 1) this.#count = 0; // an empty line
    const columns = this.#columns || Math.min(this.#count, MOST_CELLS);
    if (!tooLong && (this.#count === columns || this.#count === 0)) {
      if (
        this.#overLine &&
        this.#columns > 1 &&
        fitsLineByLine(this.#bytes.subarray(at, Math.min(end, this.#filled)), this.#columns)
      )
        throw new RangeError('lines that are one record or several, as quotes are read');
      return end;
    }
    if (quoted) return BROKEN;
    if (tooLong) throw new RangeError(`a record of more than ${LONGEST_RECORD} bytes`);
    throw new RangeError(`a record of ${this.#count} cells under a header of ${columns}`);
  }

  /** Walks over the cells of the record at `at`. */
  #findEnd(at: number, quoted: boolean, last: boolean): number {
    const [bytes, filled, edges, marks] = [this.#bytes, this.#filled, this.#edges, this.#marks];
    const { firsts } = this.#objects;
    let [i, count, object, overLine] = [at, 0, 0, false];
    edges[0] = at - 1;
    for (;;) {
      if (quoted && count === firsts[object] && count < this.#columns) {
        const text = this.#objects.find(object, bytes, i, filled);
        this.#known[object++] = text;
        if (text) {
          const { numbers } = this.#objects;
          for (let cell = 0; cell < text.cells; cell++) edges[++count] = i + numbers[text.ends + cell]!;
          i += text.to - text.from;
          if (text.overLine) overLine = true;
          if (count < this.#columns) continue;
          this.#count = count;
          this.#overLine = overLine;
          return i;
        }
      }
      const start = i;
      let end: number;
      let mark = 0;
      if (quoted && i < filled && bytes[i] === QUOTE) {
        end = closingQuote(bytes, i + 1, filled) + 1;
        if (end < 0) {
          overLine = true;
          end += OVER_LINE;
        }
        if (!last && (end === 0 || end === filled)) return INCOMPLETE;
        if (end === 0) return BROKEN;
        i = end;
        if (i < filled && bytes[i] === CR && ++i === filled && !last) return INCOMPLETE;
        if (i < filled && bytes[i] !== LF && (bytes[i] !== TAB || i > end)) return BROKEN;
      } else {
        for (; i < filled; i++) {
          const byte = bytes[i]!;
          if (MARKED[byte] === 0) continue;
          if (byte === TAB || byte === LF) break;
          mark = 1;
        }
        if (i === filled && !last) return INCOMPLETE;
        const returned = i > start && bytes[i - 1] === CR && (i === filled || bytes[i] === LF);
        end = returned ? i - 1 : i;
        if (returned) mark = asksForQuotes(bytes, start, end);
      }
      marks[count] = mark;
      edges[++count] = end;
      if (i === filled || bytes[i] === LF) {
        this.#count = count;
        this.#overLine = overLine;
        return i + 1;
      }
      i += 1;
    }
  }
}
