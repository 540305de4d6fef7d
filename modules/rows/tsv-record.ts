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
