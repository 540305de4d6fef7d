import { csvRecord } from './csv.ts';
import type { TsvRecord } from './tsv.ts';

const COMMA = 0x2c;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const CR = 0x0d;
const LF = 0x0a;

/** How one answer's columns become a file's: `cells[i]` is the answer's column for the file's column i, -1 when absent. */
export interface RowLayout {
  readonly cells: readonly number[];
  /** First columns, the same in each row: `engine`, `platform`. */
  readonly prefix: readonly string[];
}

/** Turns records of an Engine into CSV records of the archive, byte by byte and without decoding (design D5). */
export class RowWriter {
  readonly #prefix: Buffer;
  readonly #layout: RowLayout;
  readonly #neutralize: boolean;
  #out = Buffer.allocUnsafe(256 * 1024);
  #at = 0;

  constructor(layout: RowLayout, neutralizeFormulas: boolean) {
    this.#layout = layout;
    this.#neutralize = neutralizeFormulas;
    const record = csvRecord(layout.prefix, neutralizeFormulas);
    this.#prefix = Buffer.from(record.slice(0, -2));
  }

  /** Appends one row; returns its length in bytes. */
  write({ bytes, starts, ends }: TsvRecord): number {
    const { cells } = this.#layout;
    let raw = this.#prefix.length + cells.length + 4;
    for (const cell of cells) if (cell >= 0) raw += 2 * (ends[cell]! - starts[cell]!) + 3;
    this.#reserve(raw);
    const begin = this.#at;
    this.#at += this.#prefix.copy(this.#out, this.#at);
    for (const cell of cells) {
      this.#out[this.#at++] = COMMA;
      if (cell >= 0) this.#cell(bytes, starts[cell]!, ends[cell]!);
    }
    this.#out[this.#at++] = CR;
    this.#out[this.#at++] = LF;
    return this.#at - begin;
  }

  /** Bytes waiting to be taken. */
  get pending(): number {
    return this.#at;
  }

  /** The last `byteLength` bytes that were written, as text. */
  tail(byteLength: number): string {
    return this.#out.toString('utf8', this.#at - byteLength, this.#at);
  }

  /** What was written since the last call. */
  take(): Buffer {
    const taken = Buffer.from(this.#out.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  #cell(bytes: Buffer, start: number, end: number): void {
    const out = this.#out;
    const begin = this.#at;
    const neutral = this.#neutralize && isFormula(bytes, start, end);
    let at = begin;
    if (neutral) out[at++] = APOSTROPHE;
    let quoted = false;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (byte <= COMMA && (byte === COMMA || byte === QUOTE || byte === CR || byte === LF)) {
        quoted = true;
        break;
      }
      out[at++] = byte;
    }
    if (quoted) {
      at = begin;
      out[at++] = QUOTE;
      if (neutral) out[at++] = APOSTROPHE;
      for (let i = start; i < end; i++) {
        const byte = bytes[i]!;
        if (byte === QUOTE) out[at++] = QUOTE;
        out[at++] = byte;
      }
      out[at++] = QUOTE;
    }
    this.#at = at;
  }

  #reserve(byteLength: number): void {
    if (this.#at + byteLength <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#out.length, this.#at + byteLength));
    this.#out.copy(larger, 0, 0, this.#at);
    this.#out = larger;
  }
}

/** The rule of `looksLikeFormula` in core/csv.ts, on bytes. */
function isFormula(bytes: Buffer, start: number, end: number): boolean {
  if (start === end) return false;
  const first = bytes[start]!;
  const signed = first === 0x2b || first === 0x2d;
  if (signed) return !(end - start === 1 && first === 0x2d) && !isDigits(bytes, start + 1, end);
  if (first === 0x3d || first === 0x40 || first === 0x09 || first === CR) return true;
  if (first !== 0xef || bytes[start + 1] !== 0xbc || end - start < 3) return false;
  const third = bytes[start + 2]!;
  return third === 0x9d || third === 0x8b || third === 0x8d || third === 0xa0;
}

/** `digits[.digits]` and nothing else. */
function isDigits(bytes: Buffer, start: number, end: number): boolean {
  let dot = -1;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0x2e && dot < 0) dot = i;
    else if (byte < 0x30 || byte > 0x39) return false;
  }
  return end > start && dot !== start && dot !== end - 1;
}
