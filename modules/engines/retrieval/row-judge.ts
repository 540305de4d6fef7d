import { type Day, type DayWindow, dayOf, isWithin } from '../../common/day-window.ts';
import { IdSet } from '../../rows/id-set.ts';
import { cellIs, cellText, LastCell, type TsvRecord } from '../../rows/tsv.ts';
import { EngineAnswerError } from '../errors.ts';

/** Which rows of an answer belong to the question. */
export interface RowRule {
  /** Columns that must hold the id and the name of the Subject's object; other rows are dropped and counted. Source: docs/nxql.md. */
  readonly subjectColumn: string;
  readonly nameColumn: string;
  readonly subjectId: string;
  readonly isSubject: (name: string) => boolean;
  /** Column with the id of each row: a row that comes twice is kept once. */
  readonly idColumn: string;
  readonly otherColumn?: string | undefined;
  readonly timeColumn?: string | undefined;
  /** Rows that start in another window are dropped: that window has them (`isWithin`). */
  readonly window?: DayWindow | undefined;
  readonly span: DayWindow;
}

/** What an answer held. `received` counts every row, `rows` those that were written. */
export interface AnswerFigures {
  readonly received: number;
  readonly rows: number;
  readonly foreign: number;
  /** Rows that came twice, or may come from another window too, since their time cannot be read. */
  readonly doubles: number;
  readonly rowsPerDay: Readonly<Record<Day, number>>;
  /** Ids of the rows that were written; `undefined` when a row has none. */
  readonly ids: Iterable<string> | undefined;
  /** Values of the column `otherColumn` in rows that were written. */
  readonly others: ReadonlySet<string>;
}

/** Judges each row before it is written. Rows repeat their neighbours' values: only another value than the last one is read. */
export class RowJudge {
  received = 0;
  rows = 0;
  foreign = 0;
  doubles = 0;
  readonly ids: IdSet | undefined;
  readonly #others = new Set<string>();
  readonly #rule: RowRule;
  readonly #subjectId: Buffer;
  readonly #subject: number;
  readonly #name: number;
  readonly #id: number;
  readonly #time: number;
  readonly #other: number;
  readonly #lastName = new LastCell();
  readonly #lastOther = new LastCell();
  readonly #rowsPerDay: Record<Day, number> = {};
  #day: Buffer | undefined;
  #rowsOfDay = 0;
  #isInWindow = true;

  /** @throws {EngineAnswerError} the columns do not name the Subject */
  constructor(engineId: string, columns: readonly string[], rule: RowRule) {
    this.#rule = rule;
    this.#subjectId = Buffer.from(rule.subjectId);
    this.#subject = columns.indexOf(rule.subjectColumn);
    this.#name = columns.indexOf(rule.nameColumn);
    this.#id = columns.indexOf(rule.idColumn);
    this.#time = rule.timeColumn === undefined ? -1 : columns.indexOf(rule.timeColumn);
    this.#other = rule.otherColumn === undefined ? -1 : columns.indexOf(rule.otherColumn);
    if (this.#subject < 0 || this.#name < 0)
      throw new EngineAnswerError(engineId, 'columns that do not name the subject', 'COLUMNS_MISSING');
    if (this.#id >= 0) this.ids = new IdSet();
  }

  accepts(record: TsvRecord): boolean {
    this.received++;
    if (!cellIs(record, this.#subject, this.#subjectId) || !this.#isNamed(record)) {
      this.foreign++;
      return false;
    }
    if (!this.#isTimely(record)) return false;
    if (this.ids && !this.ids.add(record, this.#id)) {
      this.doubles++;
      return false;
    }
    if (this.#other >= 0 && !this.#lastOther.is(record, this.#other)) {
      this.#lastOther.set(record, this.#other);
      this.#others.add(cellText(record, this.#other));
    }
    this.rows++;
    if (this.#day) this.#rowsOfDay++;
    return true;
  }

  get figures(): AnswerFigures {
    this.#closeDay();
    const { received, rows, foreign, doubles } = this;
    const ids = this.ids?.lacksSome ? undefined : this.ids;
    return { received, rows, foreign, doubles, rowsPerDay: this.#rowsPerDay, ids, others: this.#others };
  }

  #isNamed(record: TsvRecord): boolean {
    if (this.#lastName.is(record, this.#name)) return true;
    if (!this.#rule.isSubject(cellText(record, this.#name))) return false;
    this.#lastName.set(record, this.#name);
    return true;
  }

  /** Rows without a time that can be read are kept: better twice than never. */
  #isTimely(record: TsvRecord): boolean {
    if (this.#day && startsWith(record, this.#time, this.#day)) return this.#isInWindow;
    this.#closeDay();
    const day = this.#time < 0 ? undefined : dayOf(cellText(record, this.#time));
    const { window, span } = this.#rule;
    this.#day = day === undefined ? undefined : Buffer.from(day);
    if (day === undefined && window && window.from + window.to !== span.from + span.to) this.doubles++;
    this.#isInWindow = !window || isWithin(day, window, span);
    return this.#isInWindow;
  }

  #closeDay(): void {
    if (!this.#day || this.#rowsOfDay === 0) return;
    const day = this.#day.toString();
    this.#rowsPerDay[day] = (this.#rowsPerDay[day] ?? 0) + this.#rowsOfDay;
    this.#rowsOfDay = 0;
  }
}

function startsWith({ bytes, edges }: TsvRecord, cell: number, start: Buffer): boolean {
  const at = edges[cell]! + 1;
  if (edges[cell + 1]! - at < start.length) return false;
  for (let i = start.length - 1; i >= 0; i--) if (bytes[at + i] !== start[i]) return false;
  return true;
}
