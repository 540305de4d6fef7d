import type { Fragment, MissingPart } from '../../archive/fragment.ts';
import { addDays, type Day, type DayWindow, dayOf, daysBetween, halve, timeAt } from '../../common/day-window.ts';
import { EngineRowsError, isAboutOneAnswer, reasonOf } from '../errors.ts';
import type { Platform } from '../nxql.ts';
import type { AnswerRow, QueriedTable, Question } from '../tables/queried-table.ts';
import type { QueryContext } from './query-context.ts';
import { MAX_ROWS, type QueryUnit } from './query-units.ts';
import type { AnswerFigures } from './row-judge.ts';

/** Rows that wait for their confirmation; more are confirmed before the next answer. */
const MAX_WAITING = 20_000;
/** Rows that a list of ids may have more than are known. */
const SPARE_ROWS = 1_000;
/** How often the days of a list of ids are halved that lacks known rows. */
const MAX_HALVINGS = 3;

/** An answer that was kept, and what the book holds of it. */
interface KeptAnswer {
  readonly table: QueriedTable;
  readonly unit: QueryUnit;
  readonly figures: Pick<AnswerFigures, 'received' | 'rows' | 'rowsPerDay' | 'ids'>;
  readonly fragment: Fragment | undefined;
  readonly gaps: readonly MissingPart[];
}

/** Answers about one object, of the same days where they have any, of one platform or of several. */
interface Region {
  readonly window: DayWindow | undefined;
  readonly answers: readonly KeptAnswer[];
}

/** Ids of objects that stood in events, by platform and id of the Subject's object. */
export type Others = Readonly<Record<string, readonly string[]>>;

const keyOf = ({ platform, id }: QueryUnit): string => `${platform} ${id}`;

/** What the second opinion says: rows that the answers lack, with the time of each if it has one, and whether it lacks rows itself. */
interface Opinion {
  readonly unseen: ReadonlyMap<string, string>;
  readonly lacking: boolean;
}

/**
 * Confirms answers from both ends (R12): when a table is done, only the ids of its rows are queried, for all platforms together,
 * and must be those that came. The largest answer yet, of this Engine and of each long table, is confirmed in two halves, which
 * shows a constant limit whatever rows it keeps. An answer that lacks rows is queried again; then it is taken for a limit, and its
 * days are narrowed. A list of what was active together with the Subject must have each object of the events.
 */
export class Confirmation {
  readonly #context: QueryContext;
  readonly #questionOf: (unit: QueryUnit, window: DayWindow) => Question;
  #waiting: KeptAnswer[] = [];
  /** The most rows of an answer that halves have confirmed, of the Engine and by table: no limit is as low. */
  #proven = 0;
  readonly #provenOf = new Map<number, number>();
  readonly #lists = new Map<string, readonly AnswerRow[]>();
  readonly #others = new Map<string, Set<string>>();
  /** Rows that answers lacked when they were first confirmed, by table and object. */
  readonly #missed = new Map<string, ReadonlySet<string>>();

  constructor(context: QueryContext, others: Others, questionOf: (unit: QueryUnit, window: DayWindow) => Question) {
    this.#context = context;
    this.#questionOf = questionOf;
    for (const [key, ids] of Object.entries(others)) this.#others.set(key, new Set(ids));
  }

  /** Objects that were active together with the Subject's, as its events show. */
  get others(): Others {
    return Object.fromEntries([...this.#others].map(([key, ids]) => [key, [...ids]]));
  }

  /** True when so many rows wait for their confirmation that they are confirmed now. */
  get isDue(): boolean {
    return this.#waiting.reduce((sum, { figures }) => sum + figures.rows, 0) > MAX_WAITING;
  }

  /** @param others objects that stand in the rows */
  add(answer: KeptAnswer, others: ReadonlySet<string> = new Set()): void {
    const { table, unit, figures, gaps } = answer;
    const { book, files } = this.#context;
    if (table.kind === 'stream' && !figures.ids)
      book.noteOnce({ file: files.path(table.file), platform: unit.platform, reason: 'UNCONFIRMED' });
    const known = this.#others.get(keyOf(unit)) ?? new Set();
    for (const id of others) if (id !== '-') known.add(id);
    if (others.size > 0) this.#others.set(keyOf(unit), known);
    const isOfActivity = table.kind === 'list' && table.ofActivity;
    if ((table.listing || isOfActivity) && figures.ids && gaps.length === 0) this.#waiting.push(answer);
  }

  /** Takes the answers since the last confirmation back. @returns the queries to repeat */
  takeBack(): QueryUnit[] {
    return this.#drop(this.#waiting.splice(0));
  }

  /**
   * @param limitTo called with the maximum rows that this Engine returns at once, when answers stay short
   * @returns the queries to repeat, in place of their answers; none when all are confirmed
   */
  async confirm(maxRows: number, limitTo: (rows: number) => void): Promise<QueryUnit[]> {
    const repeats: QueryUnit[] = [];
    for (const region of regionsOf(this.#waiting)) {
      const again = await this.#judge(region, maxRows, limitTo);
      this.#waiting = this.#waiting.filter((answer) => !region.answers.includes(answer));
      repeats.push(...again);
    }
    return repeats;
  }

  async #judge(region: Region, maxRows: number, limitTo: (rows: number) => void): Promise<QueryUnit[]> {
    const largest = Math.max(...region.answers.map(({ figures }) => figures.received));
    const most = Math.min(maxRows, ...region.answers.map(({ unit }) => unit.most ?? MAX_ROWS));
    let opinion: Opinion | string;
    try {
      opinion = await this.#ask(region, largest, most);
    } catch (error) {
      if (!isAboutOneAnswer(error)) throw error;
      opinion = reasonOf(error);
    }
    if (typeof opinion === 'string') return this.#note(region, opinion);
    const { table, id } = region.answers[0]!.unit;
    const key = `${table} ${id}`;
    const before = this.#missed.get(key);
    if (opinion.unseen.size === 0) {
      if (region.window) {
        this.#proven = Math.max(this.#proven, largest);
        this.#provenOf.set(table, Math.max(this.#provenOf.get(table) ?? 0, largest));
      }
      return opinion.lacking ? this.#note(region, 'UNCONFIRMED') : [];
    }
    const times = Math.max(...region.answers.map(({ unit }) => unit.times ?? 0));
    // An Engine that goes on recording has other rows each time, and they are new.
    if (times > 0 && before && [...opinion.unseen].every(([id, time]) => !before.has(id) && this.#isNew(time)))
      return [];
    if (times > (region.window ? 1 : 0)) return this.#note(region, 'INCONSISTENT');
    this.#missed.set(key, new Set(opinion.unseen.keys()).union(before ?? new Set()));
    const repeats = this.#drop(region.answers);
    if (times === 0 || largest === 0) return repeats;
    limitTo(largest);
    return repeats.map((unit) => ({ ...unit, most: largest }));
  }

  /** Compares the ids of the Engine's list with those that came. */
  async #ask({ window, answers }: Region, largest: number, maxRows: number): Promise<Opinion | string> {
    const [first] = answers;
    const { table, unit } = first!;
    const platforms = [...new Set(answers.map((answer) => answer.unit.platform))];
    const known = new Set(answers.flatMap(({ figures }) => [...figures.ids!]));
    if (!table.listing) {
      const others = answers.flatMap(({ unit }) => [...(this.#others.get(keyOf(unit)) ?? [])]);
      return { unseen: new Map(others.filter((id) => !known.has(id)).map((id) => [id, ''])), lacking: false };
    }
    const { span } = this.#context;
    const days = daysOf(answers);
    const most = maxRows < MAX_ROWS ? maxRows - 1 : Number.POSITIVE_INFINITY;
    const proven = largest < this.#context.limits.confirmRows ? this.#proven : (this.#provenOf.get(unit.table) ?? 0);
    let pieces = piecesOf(window ?? span, days, largest > proven ? Math.min(most, known.size - 1) : most);
    for (let halvings = 0; ; halvings++) {
      const listed = new Map<string, string>();
      try {
        for (const piece of pieces) {
          const question = { ...this.#questionOf(unit, piece), limit: Math.min(known.size + SPARE_ROWS, maxRows) };
          const rows = await this.#list(table.listing(question), platforms, table);
          if (!rows) return 'UNCONFIRMED';
          for (const row of rows)
            if (isWithin(row, table, unit.id, window ?? span, span))
              listed.set(row[table.idColumn]!, row[table.timeColumn ?? ''] ?? '');
        }
      } catch (error) {
        if (!(error instanceof EngineRowsError) || !window || halvings === MAX_HALVINGS) throw error;
        pieces = pieces.flatMap((piece) => halve(piece) ?? [piece]); // too much for one answer
        continue;
      }
      const unseen = new Map([...listed].filter(([id]) => !known.has(id)));
      const lacking = !known.isSubsetOf(listed);
      if (unseen.size > 0 || !lacking || !window || halvings === MAX_HALVINGS) return { unseen, lacking };
      if (halvings > 0) pieces = pieces.flatMap((piece) => halve(piece) ?? [piece]);
    }
  }

  /** True for a row since the start of the Request. */
  #isNew(time: string): boolean {
    const { frame, client } = this.#context;
    return (
      dayOf(time) !== undefined && time.replace('T', ' ') >= timeAt(new Date(frame.frozenAt), client.engine.timezone)
    );
  }

  /**
   * All platforms at once; each by itself when the Engine refuses that, and as they come when it refuses the order. Lists that come
   * from one query are confirmed by one.
   */
  async #list(
    statement: string,
    platforms: readonly Platform[],
    table: QueriedTable,
  ): Promise<readonly AnswerRow[] | undefined> {
    const { client } = this.#context;
    const { kind, file } = table;
    const key = `${platforms} ${statement}`;
    let rows = this.#lists.get(key) ?? (await client.rowsIfKnown(statement, platforms, file));
    if (!rows && platforms.length > 1) {
      const each = [];
      for (const platform of platforms) each.push(await client.rowsIfKnown(statement, platform, file));
      if (!each.includes(undefined)) rows = each.flatMap((some) => some ?? []);
    }
    const unordered = statement.replace(/ \(order_by [^)]*\)/, '');
    if (!rows && unordered !== statement) rows = await this.#list(unordered, platforms, table);
    if (rows && kind === 'list') this.#lists.set(key, rows);
    return rows;
  }

  #note({ answers, window }: Region, reason: string): QueryUnit[] {
    const { book, files } = this.#context;
    for (const platform of new Set(answers.map(({ unit }) => unit.platform)))
      book.missing.push({ file: files.path(answers[0]!.table.file), platform, reason, ...window });
    return [];
  }

  #drop(answers: readonly KeptAnswer[]): QueryUnit[] {
    const { book } = this.#context;
    for (const { fragment, gaps } of answers) book.drop(fragment, gaps);
    return answers.map(({ unit }) => ({ ...unit, times: (unit.times ?? 0) + 1 }));
  }
}

/** Joins the windows of each object and platform, then the platforms with the same days. */
function regionsOf(answers: readonly KeptAnswer[]): Region[] {
  const lines = Map.groupBy(answers, ({ unit }) => `${unit.table} ${unit.id} ${unit.platform}`);
  const joined = [...lines.values()].flatMap(joinDays);
  const regions = Map.groupBy(joined, ({ answers: [first], window }) =>
    [first!.unit.table, first!.unit.id, window?.from, window?.to].join(' '),
  );
  return [...regions.values()].map((parts) => ({
    window: parts[0]!.window,
    answers: parts.flatMap((part) => part.answers),
  }));
}

/** Joins windows that follow each other. */
function joinDays(answers: readonly KeptAnswer[]): Region[] {
  const runs: { window: DayWindow; answers: KeptAnswer[] }[] = [];
  const [undated, dated] = [answers.filter(({ unit }) => !unit.window), answers.filter(({ unit }) => unit.window)];
  for (const answer of dated.toSorted((a, b) => (a.unit.window!.from < b.unit.window!.from ? -1 : 1))) {
    const { from, to } = answer.unit.window!;
    const last = runs.at(-1);
    if (last?.window.to === from) {
      last.window = { ...last.window, to };
      last.answers.push(answer);
    } else runs.push({ window: { from, to }, answers: [answer] });
  }
  return undated.length > 0 ? [...runs, { window: undefined, answers: undated }] : runs;
}

/** Rows by day of several answers. */
function daysOf(answers: readonly KeptAnswer[]): Map<Day, number> {
  const days = new Map<Day, number>();
  for (const { figures } of answers)
    for (const [day, rows] of Object.entries(figures.rowsPerDay)) days.set(day, (days.get(day) ?? 0) + rows);
  return days;
}

/** Cuts a window so that no piece has more rows than `most`, as far as days can be cut. */
function piecesOf(window: DayWindow, days: ReadonlyMap<Day, number>, most: number): DayWindow[] {
  const within = [...days].filter(([day]) => day >= window.from && day < window.to).sort();
  const rows = within.reduce((sum, [, count]) => sum + count, 0);
  if (rows <= most || rows === 0 || daysBetween(window.from, window.to) < 2) return [window];
  let sum = 0;
  const middle = within.find(([, count]) => {
    sum += count;
    return sum * 2 >= rows;
  })![0];
  const cut = middle > window.from ? middle : addDays(middle, 1);
  return [...piecesOf({ ...window, to: cut }, days, most), ...piecesOf({ ...window, from: cut }, days, most)];
}

/** The rule by which the rows of answers are kept. */
function isWithin(row: AnswerRow, table: QueriedTable, id: string, window: DayWindow, span: DayWindow): boolean {
  if (table.subjectColumn !== undefined && row[table.subjectColumn] !== id) return false;
  const day = dayOf(row[table.timeColumn ?? ''] ?? '');
  return day === undefined || (day < window.to && (day >= window.from || window.from === span.from));
}
