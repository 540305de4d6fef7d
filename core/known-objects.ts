/** Text of one object's cells in an answer, and what became of it; places in the memory of `KnownObjects`. */
export interface ObjectText {
  /** The cells as they came, with the TAB or line end behind the last: `bytes[from .. to)`. */
  readonly from: number;
  readonly to: number;
  /** Where each cell ends, from `from` on: the first `cells` numbers at `numbers[ends]`. */
  readonly ends: number;
  readonly cells: number;
  /** Borders of the CSV pieces, one for each stretch of the file's columns that the cells fill: numbers behind those. */
  readonly csv: number;
  /** A quoted cell goes over a line end. */
  readonly overLine: boolean;
}

const LF = 0x0a;

/** Texts kept of each object. */
const SLOTS = 1024;
/** Bytes and numbers kept in all; when they are full everything is forgotten. */
const MOST_BYTES = 512 * 1024;
const MOST_NUMBERS = 32 * 1024;
/** Texts are told apart by every fourth byte of their beginning. */
const SAMPLED = 80;
/** After so many looks an object that was mostly new is not looked for any more. */
const TRIAL = 256;

interface Shelf {
  readonly slots: (ObjectText | undefined)[];
  /** Fingerprint of what each slot saw last: a text is kept when it comes again. */
  readonly seen: Int32Array;
  looks: number;
  found: number;
  open: boolean;
  /** The slot of the text that stands in this record, when it should be kept; else -1. */
  worth: number;
}

/**
 * What an answer has said before. Its rows repeat the same objects: each row about a user carries all fields of that
 * user, of one of a few devices and of one of some hundred programs. The cells of an object stand together (columns
 * `user/id`, `user/name`, ...), so their text is found again by comparing bytes instead of reading cells.
 */
export class KnownObjects {
  /** The first column of each object, then the number of columns. */
  readonly firsts: readonly number[];
  readonly count: number;
  /** Memory of the texts and of their CSV. */
  bytes = Buffer.alloc(0);
  numbers = new Int32Array(0);
  readonly #shelves: readonly Shelf[];
  #usedBytes = 0;
  #usedNumbers = 0;

  constructor(columns: readonly string[]) {
    const objectOf = (column: string | undefined) => column?.slice(0, column.indexOf('/') + 1);
    const starts = columns.flatMap((column, i) => (i > 0 && objectOf(column) === objectOf(columns[i - 1]) ? [] : [i]));
    this.firsts = [...starts, columns.length];
    this.count = starts.length;
    const useful = starts.length > 1;
    this.#shelves = starts.map(() => ({
      slots: new Array<undefined>(useful ? SLOTS : 0).fill(undefined),
      seen: new Int32Array(useful ? SLOTS : 0),
      looks: 0,
      found: 0,
      open: useful,
      worth: -1,
    }));
  }

  /** The known text that stands at `at`, if there is one. @param filled end of what was read */
  find(object: number, bytes: Buffer, at: number, filled: number): ObjectText | undefined {
    const shelf = this.#shelves[object]!;
    shelf.worth = -1;
    if (!shelf.open || at + SAMPLED > filled) return undefined;
    const print = fingerprint(bytes, at);
    const slot = print >>> 22;
    if (++shelf.looks === TRIAL) {
      shelf.open = shelf.found >= TRIAL / 4;
      shelf.looks = shelf.found = 0;
    }
    const text = shelf.slots[slot];
    if (text) {
      const end = at + text.to - text.from;
      if (end <= filled && bytes.compare(this.bytes, text.from, text.to, at, end) === 0) {
        shelf.found += 1;
        return text;
      }
    }
    if (shelf.seen[slot] === print) shelf.worth = slot;
    else shelf.seen[slot] = print;
    return undefined;
  }

  /** True when the text of this record comes again and again. */
  isWorthKeeping(object: number): boolean {
    return this.#shelves[object]!.worth >= 0;
  }

  /**
   * Keeps a text and its CSV.
   * @param text the cells with what ends the last @param ends where each ends in it @param csv for each stretch
   */
  keep(object: number, text: Buffer, ends: Iterable<number>, csv: readonly Buffer[]): void {
    const shelf = this.#shelves[object]!;
    const cells = this.firsts[object + 1]! - this.firsts[object]!;
    if (this.bytes.length === 0) {
      this.bytes = Buffer.allocUnsafeSlow(MOST_BYTES);
      this.numbers = new Int32Array(MOST_NUMBERS);
    }
    const size = csv.reduce((sum, piece) => sum + piece.length, text.length);
    if (size > MOST_BYTES / 8) return;
    if (this.#usedBytes + size > MOST_BYTES || this.#usedNumbers + cells + csv.length + 1 > MOST_NUMBERS)
      this.#forget();
    const overLine = text.indexOf(LF) < text.length - 1 && text.includes(LF);
    const from = this.#usedBytes;
    const to = this.#add(text);
    const numbers = this.#usedNumbers;
    for (const end of ends) this.numbers[this.#usedNumbers++] = end;
    const borders = this.#usedNumbers;
    this.numbers[this.#usedNumbers++] = to;
    for (const piece of csv) this.numbers[this.#usedNumbers++] = this.#add(piece);
    shelf.slots[shelf.worth] = { from, to, ends: numbers, cells, csv: borders, overLine };
  }

  #add(bytes: Buffer): number {
    this.#usedBytes += bytes.copy(this.bytes, this.#usedBytes);
    return this.#usedBytes;
  }

  #forget(): void {
    this.#usedBytes = this.#usedNumbers = 0;
    for (const { slots } of this.#shelves) slots.fill(undefined);
  }
}

function fingerprint(bytes: Buffer, at: number): number {
  let hash = 0;
  for (let i = at; i < at + SAMPLED; i += 4) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  return Math.imul(hash, 0x9e3779b1);
}
