import { csvRecord } from './csv.ts';
import type { TsvReader } from './tsv.ts';

/** `cells[i]` is the answer's column for the file's column i, -1 when absent. No column occurs twice. */
export interface RowLayout {
  readonly cells: readonly number[];
  /** First columns, the same in each row: `engine`, `platform`. */
  readonly prefix: readonly string[];
}

/** Turns records of an Engine into CSV records of the archive (docs/decisions/0011), by modules/rows/kernel/rows.ts. */
export class RowWriter {
  readonly #reader: TsvReader;
  #pending = 0;

  /** @param reader gives the records; each must be written before the next one is cut */
  constructor(reader: TsvReader, layout: RowLayout, neutralizeFormulas: boolean) {
    this.#reader = reader;
    const { kernel, firsts } = reader;
    const prefix = Buffer.from(csvRecord(layout.prefix, neutralizeFormulas).slice(0, -2));
    if (prefix.length > kernel.prefix.length || layout.cells.length > kernel.layout.length)
      throw new RangeError(`a file of ${layout.cells.length} columns`);
    kernel.prefix.set(prefix);
    kernel.layout.set(layout.cells);
    const stretches = stretchesOf(layout.cells, firsts);
    kernel.stretches.set(stretches.flat());
    kernel.run.layOut(prefix.length, stretches.length, firsts.length - 1, neutralizeFormulas ? 1 : 0);
  }

  /** Appends the last record. @returns bytes that wait; from `rowsPiece` on, call `take` before the next `write` */
  write(): number {
    const { run, rowsPiece } = this.#reader.kernel;
    if (this.#pending >= rowsPiece) throw new RangeError('call take() before the next write()');
    this.#pending = run.write();
    return this.#pending;
  }

  /** The bytes written since the last call, not copied: valid until the call after the next. */
  take(): Buffer {
    const { bytes, run } = this.#reader.kernel;
    const at = run.take();
    const taken = bytes.subarray(at, at + this.#pending);
    this.#pending = 0;
    return taken;
  }
}

/** `[object, stretches of the same object before, first column, column behind, 0, 0]`. */
type Stretch = [number, number, number, number, number, number];

/** Cuts the file's columns where another object begins. An absent column belongs to the stretch before it. */
function stretchesOf(cells: readonly number[], firsts: readonly number[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const [column, cell] of cells.entries()) {
    const before = stretches.at(-1);
    const object = cell < 0 ? (before?.[0] ?? 0) : firsts.findLastIndex((first) => first <= cell);
    if (before?.[0] === object) before[3] = column + 1;
    else stretches.push([object, stretches.filter(([same]) => same === object).length, column, column + 1, 0, 0]);
  }
  return stretches;
}
