import type { Fragment, FragmentEncoder, MissingPart } from '../../archive/fragment.ts';
import type { FragmentSink } from '../../archive/ports.ts';
import { csvRecord } from '../../rows/csv.ts';
import type { AnswerFigures } from './row-judge.ts';

/** Writes fragments into one sink, back to back, and records what is there and what is missing. */
export class FragmentBook {
  readonly fragments: Fragment[] = [];
  readonly missing: MissingPart[] = [];
  about = '';
  readonly #aboutOf = new Map<Fragment, string>();
  readonly #sink: FragmentSink;
  readonly #encoder: FragmentEncoder;
  #offset = 0;

  constructor(sink: FragmentSink, encoder: FragmentEncoder) {
    this.#sink = sink;
    this.#encoder = encoder;
  }

  /** Rows and compressed bytes so far; those of the open answer count too. */
  get figures(): { readonly rows: number; readonly bytes: number } {
    const rows = this.fragments.reduce((sum, fragment) => sum + fragment.rows, this.#encoder.openRows);
    return { rows, bytes: this.#offset + this.#encoder.openBytes };
  }

  like({ file, platform, reason }: MissingPart): readonly MissingPart[] {
    return this.missing.filter((gap) => gap.file === file && gap.platform === platform && gap.reason === reason);
  }

  noteOnce(gap: MissingPart): void {
    if (this.like(gap).length === 0) this.missing.push(gap);
  }

  /** Keeps what the encoder received since its last fragment. @param evenEmpty so that the file exists with its header */
  async keep(
    file: string,
    columns: readonly string[],
    { rows, rowsPerDay }: Pick<AnswerFigures, 'rows' | 'rowsPerDay'>,
    evenEmpty = false,
  ): Promise<Fragment | undefined> {
    const { bytes, figures } = await this.#encoder.end();
    if (bytes.length === 0 && !evenEmpty) return undefined;
    await this.#sink.write(bytes);
    const place = { file, columns, partKey: this.#sink.partKey, offset: this.#offset };
    const fragment = { ...place, ...figures, rows, rowsPerDay };
    this.fragments.push(fragment);
    this.#aboutOf.set(fragment, this.about);
    this.#offset += bytes.length;
    return fragment;
  }

  /** Takes back all gaps but these, and all answers but those about `kept`. */
  restart(gaps: readonly MissingPart[], kept: ReadonlySet<string>): void {
    this.fragments.splice(0, Infinity, ...this.fragments.filter((each) => kept.has(this.#aboutOf.get(each)!)));
    this.missing.splice(0, this.missing.length, ...gaps);
  }

  /** Takes an answer back that is queried again; its bytes stay in the sink, and nobody reads them. */
  drop(fragment: Fragment | undefined, gaps: readonly MissingPart[]): void {
    remove(this.missing, gaps);
    if (fragment) remove(this.fragments, [fragment]);
  }

  async keepRows(
    file: string,
    columns: readonly string[],
    rows: readonly (readonly string[])[],
    neutralizeFormulas: boolean,
  ): Promise<Fragment | undefined> {
    const records = rows.map((row) => csvRecord(row, neutralizeFormulas));
    await this.#encoder.write(Buffer.from(records.join('')));
    return this.keep(file, columns, { rows: rows.length, rowsPerDay: {} });
  }
}

function remove<T>(from: T[], some: readonly T[]): void {
  for (const one of some) if (from.includes(one)) from.splice(from.indexOf(one), 1);
}
