import { csvRecord } from './csv.ts';
import { isFormula } from './formula-bytes.ts';
import { KnownObjects } from './known-objects.ts';
import { RowBuffers } from './row-buffers.ts';
import { cellText, type TsvRecord } from './tsv.ts';

const COMMA = 0x2c;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const CR = 0x0d;
const LF = 0x0a;

const tableOf = (...marked: number[]): Uint8Array => {
  const table = new Uint8Array(256);
  for (const byte of marked) table[byte] = 1;
  return table;
};
/** First bytes of cells that are looked at one by one: of quoted ones, and of formulas (0xef begins full-width signs). */
const QUOTE_ALONE = tableOf(QUOTE);
const QUOTE_OR_FORMULA = tableOf(QUOTE, 0x3d, 0x2b, 0x2d, 0x40, 0xef);

/**
 * How one answer's columns become a file's: `cells[i]` is the answer's column for the file's column i, -1 when absent;
 * no column comes twice.
 */
export interface RowLayout {
  readonly cells: readonly number[];
  /** First columns, the same in each row: `engine`, `platform`. */
  readonly prefix: readonly string[];
}

/** Columns of the file, one after another, that hold cells of one object. */
interface Stretch {
  readonly object: number;
  /** How many stretches of the same object stand before. */
  readonly nth: number;
  readonly cells: number[];
  /** Where its text stands in the row written last. */
  at: number;
  end: number;
}

/** Turns records of an Engine into CSV records of the archive, byte by byte and without decoding (design D5). */
export class RowWriter {
  readonly #prefix: Buffer;
  readonly #layout: RowLayout;
  readonly #neutralize: boolean;
  readonly #special: Uint8Array;
  readonly #objects: KnownObjects;
  readonly #stretches: readonly Stretch[];
  readonly #buffers: RowBuffers;

  /** @param objects of the reader whose records are written @param buffers where rows wait to be taken */
  constructor(
    layout: RowLayout,
    neutralizeFormulas: boolean,
    objects = new KnownObjects([]),
    buffers = new RowBuffers(),
  ) {
    this.#buffers = buffers;
    buffers.at = 0; // an answer that broke off has left rows
    this.#layout = layout;
    this.#neutralize = neutralizeFormulas;
    this.#special = neutralizeFormulas ? QUOTE_OR_FORMULA : QUOTE_ALONE;
    this.#objects = objects;
    this.#prefix = Buffer.from(csvRecord(layout.prefix, neutralizeFormulas).slice(0, -2));
    this.#stretches = stretchesOf(layout.cells, objects);
  }

  /** Appends one row. */
  write(record: TsvRecord): void {
    const { count, edges, known } = record;
    this.#buffers.reserve(2 * (edges[count]! - edges[0]!) + 4 * this.#layout.cells.length + this.#prefix.length + 2);
    this.#buffers.at += this.#prefix.copy(this.#buffers.out, this.#buffers.at);
    for (const stretch of this.#stretches) {
      const text = known[stretch.object];
      stretch.at = this.#buffers.at;
      if (text) this.#copyKnown(text.csv + stretch.nth);
      else this.#writeCells(record, stretch.cells);
      stretch.end = this.#buffers.at;
    }
    this.#buffers.out[this.#buffers.at++] = CR;
    this.#buffers.out[this.#buffers.at++] = LF;
    for (let object = 0; record.quoted && object < this.#objects.count; object++) {
      if (this.#objects.isWorthKeeping(object)) this.#learn(record, object);
    }
  }

  /** The cells of the row that `write` makes of a record, before CSV. */
  texts(record: TsvRecord): string[] {
    return [...this.#layout.prefix, ...this.#layout.cells.map((cell) => (cell < 0 ? '' : cellText(record, cell)))];
  }

  /** Bytes waiting to be taken. */
  get pending(): number {
    return this.#buffers.at;
  }

  /** What was written since the last call; see `RowBuffers.take`. */
  take(): Buffer {
    return this.#buffers.take();
  }

  /** Copies runs of cells that stay as they are in one go; TABs between them become commas. */
  #writeCells(record: TsvRecord, cells: readonly number[]): void {
    const { bytes, edges, marks } = record;
    const special = this.#special;
    for (let i = 0; i < cells.length; ) {
      const cell = cells[i]!;
      this.#buffers.out[this.#buffers.at++] = COMMA;
      let next = cell;
      if (cell >= 0)
        while (cells[i] === next && marks[next] === 0 && special[bytes[edges[next]! + 1]!] === 0) {
          i += 1;
          next += 1;
        }
      if (next === cell) {
        if (cell >= 0) this.#cell(record, cell);
        i += 1;
        continue;
      }
      const from = edges[cell]! + 1;
      const shift = this.#buffers.at - from;
      this.#buffers.at += bytes.copy(this.#buffers.out, this.#buffers.at, from, edges[next]!);
      for (let edge = cell + 1; edge < next; edge++) this.#buffers.out[shift + edges[edge]!] = COMMA;
    }
  }

  #cell({ bytes, edges, marks, quoted }: TsvRecord, cell: number): void {
    const [start, end] = [edges[cell]! + 1, edges[cell + 1]!];
    if (start === end) return;
    const out = this.#buffers.out;
    const inQuotes = quoted && bytes[start] === QUOTE;
    const neutral =
      this.#neutralize && (inQuotes ? isFormula(bytes, start + 1, end - 1) : isFormula(bytes, start, end));
    const addQuotes = marks[cell] !== 0;
    let at = this.#buffers.at;
    let from = start;
    if (addQuotes) out[at++] = QUOTE;
    if (inQuotes) out[at++] = bytes[from++]!;
    if (neutral) out[at++] = APOSTROPHE;
    for (; from < end; from++) {
      const byte = bytes[from]!;
      if (addQuotes && byte === QUOTE) out[at++] = QUOTE;
      out[at++] = byte;
    }
    if (addQuotes) out[at++] = QUOTE;
    this.#buffers.at = at;
  }

  /** Copies the CSV between two borders in the memory of known objects. */
  #copyKnown(border: number): void {
    const { bytes, numbers } = this.#objects;
    this.#buffers.at += bytes.copy(this.#buffers.out, this.#buffers.at, numbers[border]!, numbers[border + 1]!);
  }

  /** Keeps an object's text of this record, and what became of it. */
  #learn({ bytes, edges, end }: TsvRecord, object: number): void {
    const { firsts } = this.#objects;
    const [first, next] = [firsts[object]!, firsts[object + 1]!];
    const from = edges[first]! + 1;
    const text = bytes.subarray(from, next === firsts.at(-1) ? end : edges[next]! + 1);
    const ends = edges.subarray(first + 1, next + 1).map((edge) => edge - from);
    const stretches = this.#stretches.filter((stretch) => stretch.object === object);
    const csv = stretches.map((stretch) => this.#buffers.out.subarray(stretch.at, stretch.end));
    this.#objects.keep(object, text, ends, csv);
  }
}

/** Cuts the file's columns where another object begins; absent columns go with those before them. */
function stretchesOf(cells: readonly number[], { firsts }: KnownObjects): Stretch[] {
  const stretches: Stretch[] = [];
  for (const cell of cells) {
    const object = cell < 0 ? (stretches.at(-1)?.object ?? 0) : firsts.findLastIndex((first) => first <= cell);
    if (stretches.at(-1)?.object !== object) {
      const nth = stretches.filter((stretch) => stretch.object === object).length;
      stretches.push({ object, nth, cells: [], at: 0, end: 0 });
    }
    stretches.at(-1)!.cells.push(cell);
  }
  return stretches;
}
