import type { Fragment, MissingPart } from '../../archive/fragment.ts';
import { addDays, type Day, type DayWindow, dayOf, daysBetween, halve, isWithin } from '../../common/day-window.ts';
import { EngineRowsError, orReason } from '../errors.ts';
import type { Platform } from '../nxql.ts';
import type { AnswerRow, QueriedTable, Question } from '../tables/queried-table.ts';
import type { QueryContext } from './query-context.ts';
import { keyOf, MAX_ROWS, type QueryUnit } from './query-units.ts';
import type { AnswerFigures } from './row-judge.ts';

/** Rows that wait for their confirmation; more are confirmed before the next answer. */
const MAX_WAITING = 20_000;
/** Rows that a list of ids may have more than are known. */
const SPARE_ROWS = 1_000;
/** How often the days of a list of ids are halved that lacks known rows. */
const MAX_HALVINGS = 3;

interface KeptAnswer {
  readonly table: QueriedTable;
  readonly unit: QueryUnit;
  readonly figures: Partial<AnswerFigures> & Pick<AnswerFigures, 'received' | 'rows' | 'rowsPerDay' | 'ids'>;
  readonly fragment: Fragment | undefined;
  readonly gaps: readonly MissingPart[];
  /** When an answer with times was queried, by the Engine's clock. */
  readonly sentAt?: string;
}

/** Answers about one object, of the same days where they have any, of one platform or of several. */
type Region = { readonly window: DayWindow | undefined; readonly answers: readonly KeptAnswer[] };

/** Ids of objects that stood in events, by platform and id of the Subject's object. */
export type Others = Readonly<Record<string, readonly string[]>>;

/** What the second opinion says: rows that the answers lack, with the time of each if it has one, and whether it lacks rows itself. */
type Opinion = { readonly unseen: ReadonlyMap<string, string>; readonly lacking: boolean };

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
  /** Queries in place of answers that were short, until all are judged. */
  readonly #repeats: QueryUnit[] = [];
  /** The most rows of an answer that halves have confirmed, of the Engine and by table: no limit is as low. */
  #proven = 0;
  readonly #provenOf = new Map<number, number>();
  readonly #lists = new Map<string, readonly AnswerRow[]>();
  readonly #others = new Map<string, Set<string>>();
  /** Rows that answers lacked when they were first confirmed, and when the first of these was queried, by table and object. */
  readonly #missed = new Map<string, { readonly rows: ReadonlySet<string>; readonly since: string }>();

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

  /** @param reasons why rows of it may be missing; such an answer is not confirmed */
  add(answer: Omit<KeptAnswer, 'gaps'>, reasons: readonly (string | false | undefined)[]): void {
    const { table, unit, figures } = answer;
    const { others = new Set<string>() } = figures;
    const { book, files } = this.#context;
    const place = { file: files.path(table.file), platform: unit.platform };
    if (table.kind === 'stream' && !figures.ids) book.noteOnce({ ...place, reason: 'UNCONFIRMED' });
    const named = reasons.filter((each) => typeof each === 'string');
    const gaps = named.map((reason) => ({ ...place, ...unit.window, reason }));
    book.missing.push(...gaps);
    const known = this.#others.get(keyOf(unit)) ?? new Set();
    for (const id of others) if (id !== '-') known.add(id);
    if (others.size > 0) this.#others.set(keyOf(unit), known);
    const isOfActivity = table.kind === 'list' && table.ofActivity;
    if ((table.listing || isOfActivity) && figures.ids && gaps.length === 0) this.#waiting.push({ ...answer, gaps });
  }

  /** Takes back the answers that nothing has confirmed. @returns the queries to repeat, in place of short answers too */
  takeBack(): QueryUnit[] {
    return [...this.#repeats.splice(0), ...this.#drop(this.#waiting.splice(0))];
  }

  /** @param limitTo called when answers stay short @returns queries to repeat, in place of their answers; none when all are confirmed */
  async confirm(maxRows: number, limitTo: (rows: number) => void): Promise<QueryUnit[]> {
    for (const region of regionsOf(this.#waiting)) {
      this.#repeats.push(...(await this.#judge(region, maxRows, limitTo)));
      this.#waiting = this.#waiting.filter((answer) => !region.answers.includes(answer));
    }
    return this.#repeats.splice(0);
  }

  async #judge(region: Region, maxRows: number, limitTo: (rows: number) => void): Promise<QueryUnit[]> {
    const largest = Math.max(...region.answers.map(({ figures }) => figures.received));
    const most = Math.min(maxRows, ...region.answers.map(({ unit }) => unit.most ?? MAX_ROWS));
    const ask = () => orReason(this.#ask(region, largest, most));
    let opinion = await ask();
    if (opinion === 'FOREIGN_ROWS') opinion = await ask(); // a passing fault, perhaps
    if (typeof opinion === 'string') return this.#note(region, opinion);
    const { table, id } = region.answers[0]!.unit;
    const key = `${table} ${id}`;
    if (opinion.unseen.size === 0 && region.window) {
      this.#proven = Math.max(this.#proven, largest);
      this.#provenOf.set(table, Math.max(this.#provenOf.get(table) ?? 0, largest));
    }
    const times = Math.max(...region.answers.map(({ unit }) => unit.times ?? 0));
    const before = times > 0 ? this.#missed.get(key) : undefined;
    const isNew = ([row, time]: [string, string]) =>
      before && !before.rows.has(row) && dayOf(time) !== undefined && time.replace('T', ' ') >= before.since;
    // An Engine that goes on recording has other rows each time, and they are new.
    if ([...opinion.unseen].every(isNew)) return opinion.lacking ? this.#note(region, 'UNCONFIRMED') : [];
    if (times > (region.window ? 1 : 0)) return this.#note(region, 'INCONSISTENT');
    const [since = ''] = region.answers.flatMap(({ sentAt }) => sentAt ?? []).sort();
    const rows = new Set(opinion.unseen.keys()).union(this.#missed.get(key)?.rows ?? new Set<string>());
    this.#missed.set(key, { rows, since: before?.since ?? since });
    const isLimited = times > 0 && largest > 0;
    if (isLimited) limitTo(largest);
    const again = { times: times + 1, ...(isLimited && { most: largest }) };
    return this.#drop(region.answers).map((unit) => ({ ...unit, ...again }));
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
    const hasDoubles = answers.some(({ figures }) => (figures.doubles ?? 0) > 0);
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
          const { subjectColumn: column, idColumn, timeColumn = '' } = table;
          if (column !== undefined && rows.some((row) => row[column] !== unit.id)) return 'FOREIGN_ROWS';
          for (const { [idColumn]: id = '', [timeColumn]: time = '' } of rows) {
            if (hasDoubles && (listed.get(id) ?? time) !== time) return 'INCONSISTENT'; // one id of several rows
            if (isWithin(dayOf(time), window ?? span, span)) listed.set(id, time);
          }
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

  /** All platforms at once; each by itself, or without the order, when the Engine refuses. Lists from one query are confirmed by one. */
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
    for (const { fragment, gaps } of answers) this.#context.book.drop(fragment, gaps);
    return answers.map(({ unit }) => unit);
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
