import { type Fragment, type FragmentEncoder, keepFirst, type MissingPart } from './bundle/fragment.ts';
import { csvRecord } from './csv.ts';
import type { AnswerFigures } from './engine-answer.ts';
import type { FragmentSink } from './ports.ts';

type RowFigures = Pick<AnswerFigures, 'rows' | 'rowsPerDay' | 'firstRows'>;

/** Writes fragments into one sink, back to back, and keeps the books of what is there and what is missing. */
export class FragmentBook {
  readonly fragments: Fragment[] = [];
  readonly missing: MissingPart[] = [];
  readonly #sink: FragmentSink;
  readonly #encoder: FragmentEncoder;
  readonly #onRows: (rows: number, bytes: number) => void;
  #offset = 0;

  constructor(sink: FragmentSink, encoder: FragmentEncoder, onRows: (rows: number, bytes: number) => void) {
    this.#sink = sink;
    this.#encoder = encoder;
    this.#onRows = onRows;
  }

  /** Keeps what the encoder was given since its last fragment. */
  async keep(file: string, columns: readonly string[], { rows, rowsPerDay, firstRows }: RowFigures): Promise<void> {
    const { bytes, figures } = await this.#encoder.end();
    if (bytes.length === 0) return;
    await this.#sink.write(bytes);
    const place = { file, columns, partKey: this.#sink.partKey, offset: this.#offset };
    this.fragments.push({ ...place, ...figures, rows, rowsPerDay, firstRows });
    this.#offset += bytes.length;
    this.#onRows(rows, figures.rawBytes);
  }

  /** Keeps rows that are at hand. */
  async keepRows(
    file: string,
    columns: readonly string[],
    rows: readonly (readonly string[])[],
    neutralizeFormulas: boolean,
  ): Promise<void> {
    const records = rows.map((row) => csvRecord(row, neutralizeFormulas));
    await this.#encoder.write(Buffer.from(records.join('')));
    const firstRows: string[] = [];
    for (const record of records) keepFirst(firstRows, record);
    await this.keep(file, columns, { rows: rows.length, rowsPerDay: {}, firstRows });
  }
}
