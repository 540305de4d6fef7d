/** A byte that is not UTF-8 becomes half a surrogate pair, which valid UTF-8 never gives. */
const BAD = 0xdc00;

/** Decodes bytes so that `encodeExactly` gives the same bytes again, also when they are not UTF-8. */
export function decodeExactly(bytes: Buffer): string {
  const text = bytes.toString();
  if (!text.includes('\uFFFD')) return text;
  let exact = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((length) => isOneCharacter(bytes.subarray(at, at + length)));
    exact += length ? bytes.toString('utf8', at, at + length) : String.fromCharCode(BAD + bytes[at]!);
    at += length ?? 1;
  }
  return exact;
}

/** Encodes a text as UTF-8; for a text from `decodeExactly`, the original bytes. */
export function encodeExactly(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const pieces = text.split(/([\uDC80-\uDCFF])/u); // with the flag u, it matches only lone halves
  return Buffer.concat(pieces.map((piece, i) => (i % 2 ? Buffer.of(piece.charCodeAt(0) & 0xff) : Buffer.from(piece))));
}

const isOneCharacter = (bytes: Buffer): boolean => {
  const text = bytes.toString();
  return [...text].length === 1 && Buffer.from(text).equals(bytes);
};

const QUOTE = 0x22;

/**
 * One record of tab-separated text, valid until the next one. Cell i is `bytes[edges[i] + 1 .. edges[i + 1])`, with its
 * quotes if it has any.
 */
export interface TsvRecord {
  readonly bytes: Buffer;
  readonly count: number;
  readonly edges: Int32Array;
  /** False when quotes are data. */
  readonly quoted: boolean;
  /** Number of its objects that were known from earlier records. */
  readonly known: number;
}

/** A cell without its quotes. */
export function cellText({ bytes, edges, quoted }: TsvRecord, cell: number): string {
  const [start, end] = [edges[cell]! + 1, edges[cell + 1]!];
  if (!quoted || bytes[start] !== QUOTE || end === start) return bytes.toString('utf8', start, end);
  return bytes.toString('utf8', start + 1, end - 1).replaceAll('""', '"');
}

function exactText(record: TsvRecord, cell: number): string {
  const text = cellText(record, cell);
  if (!text.includes('\uFFFD')) return text;
  const { bytes, edges, quoted } = record;
  const exact = decodeExactly(bytes.subarray(edges[cell]! + 1, edges[cell + 1]!));
  return quoted && exact.startsWith('"') ? exact.slice(1, -1).replaceAll('""', '"') : exact;
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

/** The cells of a record without their quotes. */
export const cellTexts = (record: TsvRecord): string[] =>
  Array.from({ length: record.count }, (_, cell) => cellText(record, cell));

/** The same, decoded with `decodeExactly`. */
export const exactTexts = (record: TsvRecord): string[] =>
  Array.from({ length: record.count }, (_, cell) => exactText(record, cell));
