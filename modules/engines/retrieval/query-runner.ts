import { addDays, halve, timeAt, widen } from '../../common/day-window.ts';
import type { GdprError } from '../../common/errors.ts';
import {
  EngineAnswerError,
  EngineQueryRejectedError,
  EngineRowsError,
  EngineTimeoutError,
  isAboutOneAnswer,
  orReason,
  reasonOf,
} from '../errors.ts';
import { betweenOn } from '../nxql.ts';
import type { ListTable, QueriedTable, Question, StreamTable } from '../tables/queried-table.ts';
import { Confirmation, type Others } from './confirmation.ts';
import { columnsOf, columnsOn, type DynamicFields, OtherColumns, rowlessQuestion } from './engine-files.ts';
import { acceptedFields } from './engine-lists.ts';
import { accountsOf } from './find-accounts.ts';
import { listReader } from './list-reader.ts';
import type { QueryContext } from './query-context.ts';
import { enlarge, keyOf, MAX_ROWS, narrow, type QueryUnit } from './query-units.ts';
import { readAnswer } from './read-answer.ts';
import type { AnswerFigures } from './row-judge.ts';

/** Days queried on both sides of a window, since an Engine's clock or zone may differ from ours. Rows outside the window are dropped. */
const MARGIN_DAYS = 1;

/** Maximum days lost to bad rows before a table's windows are no longer halved: all of them may be bad. */
const MAX_LOST_DAYS = 4;

/** Minimum limit that is tried: an Engine that refuses even this few rows refuses something else. */
const MIN_ROWS = 100;

/** What earlier queries have shown of an Engine. */
export type KnownOfEngine = Pick<QueryRunner, 'maxRows' | 'shownRows' | 'dynamicFields'>;

/** Runs one query unit after the other and keeps the answers; an incomplete answer is discarded and queried again. */
export class QueryRunner {
  /** Maximum rows that this Engine returns at once, as far as is known. */
  maxRows: number;
  /** Rows of answers that stayed short, unless longer ones have come: other answers with the same number of rows may be short, too. */
  shownRows: number;
  #longest = 0;
  /** Dynamic fields that it lists, without those that it refuses. */
  dynamicFields: DynamicFields;
  readonly #context: QueryContext;
  /** Rows of others have come, or none of the object itself: ids may have changed. */
  hasSeenOthers = false;
  readonly confirmation: Confirmation;
  readonly #readList: ReturnType<typeof listReader>;
  /** Columns of tables whose answers lack some, as the Engine lists them, by file and platform. */
  readonly #headers = new Map<string, readonly string[]>();

  constructor(context: QueryContext, known: KnownOfEngine, others: Others) {
    this.#context = context;
    this.#readList = listReader(context);
    this.maxRows = known.maxRows;
    this.shownRows = known.shownRows;
    this.dynamicFields = known.dynamicFields;
    const { span } = context;
    this.confirmation = new Confirmation(context, others, (unit, { from, to }) => {
      const [first, last] = [from === span.from ? -MARGIN_DAYS : 0, to === span.to ? MARGIN_DAYS : 0];
      const window = { from: addDays(from, first), to: addDays(to, last) };
      return this.#question({ ...unit, window }, this.#now());
    });
  }

  readonly #isSubject = (name: string): boolean => {
    const { accounts, subject } = this.#context;
    const known = accounts.map((account) => account.name);
    return accountsOf([{ name }], known, subject.kind).length > 0;
  };

  /** @returns the units that take its place: none when its answer was kept or noted as missing */
  async run(unit: QueryUnit): Promise<QueryUnit[]> {
    const { client, tables, encoder, book } = this.#context;
    const table = tables[unit.table]!;
    book.about = keyOf(unit);
    try {
      return await (table.kind === 'stream' ? this.#stream(table, unit) : this.#list(table, unit));
    } catch (error) {
      if (!isAboutOneAnswer(error)) throw error;
      await encoder.discard();
      client.takeNotes(); // they are about an answer that does not count
      const mayPass = error instanceof EngineAnswerError && table.kind === 'stream' && !unit.repeated;
      return mayPass ? [{ ...unit, repeated: true }] : this.#afterBadAnswer(table, unit, error);
    } finally {
      for (const note of client.takeNotes()) book.noteOnce(note);
    }
  }

  /** The answer is queried once more. Ids may have changed: they are looked up before. */
  async #onceMore(unit: QueryUnit): Promise<QueryUnit[]> {
    await this.#context.encoder.discard();
    this.hasSeenOthers = true;
    return [{ ...unit, repeated: true }];
  }

  /** Confirms the answers since the last call. @returns the queries to repeat */
  confirm(): Promise<QueryUnit[]> {
    return this.confirmation.confirm(Math.min(this.maxRows, this.shownRows), (rows) => {
      if (rows >= this.#longest) this.shownRows = Math.min(this.shownRows, rows);
    });
  }

  /** Bad rows are isolated in ever smaller windows, so that only their days are lost. */
  #afterBadAnswer(table: QueriedTable, unit: QueryUnit, error: GdprError): QueryUnit[] {
    const { book, files } = this.#context;
    const gap = { file: files.path(table.file), platform: unit.platform, reason: reasonOf(error) };
    const maySplit = error instanceof EngineRowsError && book.like(gap).length < MAX_LOST_DAYS;
    const smaller = maySplit ? narrow(unit) : [];
    if (smaller.length === 0) book.missing.push({ ...gap, ...unit.window });
    return smaller;
  }

  async #list(table: ListTable, unit: QueryUnit): Promise<QueryUnit[]> {
    const { client, frame, book, files } = this.#context;
    const { platform } = unit;
    const question = this.#question(unit, this.#now(), MARGIN_DAYS);
    const answer = await this.#readList(table, unit, question, this.#namesIn(unit), this.#isSubject);
    const { rows, received, ids } = answer;
    const doubt = doubtOf(table, answer.foreign, answer.isEmpty);
    if (doubt && !unit.repeated) return this.#onceMore(unit);
    const hasFields = this.#fieldsOf(table, unit).length > 0;
    const refusal = answer.isRefused && (hasFields ? 'FIELDS_REFUSED' : await this.#refusalOf(table, unit));
    if (refusal) book.noteOnce({ file: table.file, platform, reason: refusal });
    const cut = received >= this.maxRows || received === this.shownRows;
    const cells = rows.map((row) => [
      client.engine.name,
      platform,
      ...table.columns.map((column) => row[column] ?? ''),
    ]);
    const fragment = await book.keepRows(table.file, files.columns(table.file), cells, frame.formulaSwitch);
    const figures = { received, rows: rows.length, rowsPerDay: {}, ids };
    this.confirmation.add({ table, unit, figures, fragment }, [cut && 'ROW_LIMIT', doubt]);
    return [];
  }

  async #stream(table: StreamTable, given: QueryUnit): Promise<QueryUnit[]> {
    const { encoder, book, files } = this.#context;
    const max = Math.min(this.maxRows, given.most ?? MAX_ROWS);
    const limit = given.window ? Math.min(given.limit, max) : max;
    const unit = { ...given, limit };
    const sentAt = this.#now();
    const question = this.#question(unit, sentAt, unit.exact ? 0 : MARGIN_DAYS);
    let figures: AnswerFigures;
    try {
      figures = await this.#read(table, unit, question);
    } catch (error) {
      if (error instanceof OtherColumns) {
        await encoder.discard();
        files.widen(table.file, await columnsOf(this.#context.client, table, this.dynamicFields));
        return [unit];
      }
      const halves = unit.window && halve(unit.window);
      if (error instanceof EngineTimeoutError && halves) {
        await encoder.discard(); // too much for one query
        return halves.map((window) => ({ ...unit, window }));
      }
      if (!(error instanceof EngineQueryRejectedError)) throw error;
      return this.#afterRefusal(table, unit, question);
    }
    if (unit.window && this.#now().slice(0, 10) !== sentAt.slice(0, 10)) {
      await encoder.discard(); // midnight passed: the window's words meant other days for a part of the answer
      return [unit];
    }
    const isCut = await this.#lacksColumns(table, unit);
    const doubt = doubtOf(table, figures.foreign, figures.rows === 0) ?? (isCut ? 'COLUMNS_MISSING' : undefined);
    if (doubt && !unit.repeated) return this.#onceMore(unit);
    const { received } = figures;
    this.#longest = Math.max(this.#longest, received);
    if (received > this.shownRows) this.shownRows = MAX_ROWS;
    const cut = received >= limit || received === this.shownRows;
    const larger =
      cut && unit.window ? enlarge(unit, this.#context.limits.rowLimit, Math.min(max, this.shownRows)) : [];
    if (larger.length > 0) {
      await encoder.discard();
      return larger;
    }
    const file = files.path(table.file);
    const fragment = await book.keep(file, files.columns(table.file), figures, files.lacksHeader(table.file));
    this.confirmation.add({ table, unit, figures, fragment, sentAt }, [cut && 'ROW_LIMIT', doubt]);
    if (figures.doubles > 0) book.noteOnce({ file, platform: unit.platform, reason: 'DOUBLED_ROWS' });
    return [];
  }

  async #read(table: StreamTable, unit: QueryUnit, question: Question): Promise<AnswerFigures> {
    const { client, frame, span, files, encoder } = this.#context;
    const statements = table.statements(question);
    const statement = statements[unit.variant]!;
    const stream = await client.stream(statement, unit.platform, table.file);
    const rule = {
      subjectColumn: table.subjectColumn,
      nameColumn: table.subjectColumn.replace(/id$/, 'name'),
      subjectId: unit.id,
      isSubject: this.#isSubject,
      idColumn: table.idColumn,
      otherColumn: table.otherColumn,
      timeColumn: table.timeColumn,
      window: unit.window,
      span,
    };
    return readAnswer(client.asked(statement), stream, encoder, rule, (columns) => ({
      layout: files.layOut(table.file, unit.platform, columns),
      neutralizeFormulas: frame.formulaSwitch,
    }));
  }

  /** The next query after a 400: fewer rows when the statement itself is good, else the table's next statement. */
  async #afterRefusal(table: StreamTable, unit: QueryUnit, question: Question): Promise<QueryUnit[]> {
    const { client, book, encoder, files } = this.#context;
    await encoder.discard();
    const empty = table.statements(rowlessQuestion(unit.platform, this.dynamicFields[unit.platform]))[unit.variant]!;
    const isGood = (await client.columns([empty], unit.platform, table.file)).length > 0;
    if (isGood && empty.includes('(limit ') && unit.limit > MIN_ROWS) {
      this.maxRows = Math.max(MIN_ROWS, Math.floor(unit.limit / 4));
      return [unit];
    }
    if (!isGood && (await this.#dropRefusedFields(table, unit))) return [unit];
    const variant = unit.variant + 1;
    if (!isGood && variant < table.statements(question).length) {
      const reason = this.#fieldsOf(table, unit).length > 0 ? 'FIELDS_REFUSED' : 'FIELDS_UNKNOWN'; // each alone is accepted
      book.noteOnce({ file: files.path(table.file), platform: unit.platform, reason });
      return [{ ...unit, variant }];
    }
    const gap = { file: files.path(table.file), platform: unit.platform };
    book.drop(undefined, book.like({ ...gap, reason: 'FIELDS_UNKNOWN' })); // it was not a field: the table itself is not known
    const reason = isGood ? 'REFUSED' : await this.#refusalOf(table, unit);
    book.missing.push({ ...gap, ...unit.window, reason });
    return [];
  }

  /** Why a table is refused: one that the Engine lists should be there. A list `ofActivity` is confirmed by events. */
  async #refusalOf(table: QueriedTable, { platform }: QueryUnit): Promise<string> {
    const listed = await orReason(this.#context.client.tables(platform));
    const isThere = listed.includes(table.of ?? table.idColumn.split('/')[0]!);
    return isThere && !(table.kind === 'list' && table.ofActivity) ? 'REFUSED' : 'TABLE_UNKNOWN';
  }

  /** True when the last answer lacks columns that this Engine has. It is asked where others of its version have them. */
  async #lacksColumns(table: StreamTable, { platform }: QueryUnit): Promise<boolean> {
    const { client, files } = this.#context;
    const { lacking } = files;
    if (lacking.length === 0) return false;
    const key = `${table.file} ${platform}`;
    const own = this.#headers.get(key) ?? (await columnsOn(client, table, platform, this.dynamicFields[platform]));
    this.#headers.set(key, own);
    return lacking.some((column) => own.includes(column));
  }

  /** Queries dynamic fields one by one. @returns true when the Engine refuses some that it listed: the others are queried again */
  async #dropRefusedFields(table: StreamTable, unit: QueryUnit): Promise<boolean> {
    const { client, subject, book, files } = this.#context;
    const { platform } = unit;
    const fields = this.#fieldsOf(table, unit);
    if (fields.length === 0) return false;
    const accepted = await acceptedFields(client, subject.kind, platform, fields);
    if (accepted.length === fields.length) return false;
    this.dynamicFields = { ...this.dynamicFields, [platform]: accepted };
    book.noteOnce({ file: files.path(table.file), platform, reason: 'FIELDS_REFUSED' });
    return true;
  }

  #fieldsOf({ of }: QueriedTable, { platform, variant }: QueryUnit): readonly string[] {
    return of === this.#context.subject.kind && variant === 0 ? (this.dynamicFields[platform] ?? []) : [];
  }

  #namesIn({ id, platform }: QueryUnit): readonly string[] {
    const { accounts, names } = this.#context;
    const object = accounts.find((account) => account.id === id && account.platform === platform);
    return object ? [object.name] : names;
  }

  #question({ id, platform, limit, window = this.#context.span }: QueryUnit, now: string, margin = 0): Question {
    const between = betweenOn(now.slice(0, 10), widen(window, margin));
    return { id, platform, between, limit, dynamicFields: this.dynamicFields[platform] ?? [] };
  }

  /** `YYYY-MM-DD hh:mm:ss` on the Engine. */
  #now(): string {
    return timeAt(this.#context.clock.now(), this.#context.client.engine.timezone);
  }
}

/** Why an answer may be wrong: rows of somebody else, or the object itself is not in it. */
function doubtOf({ subjectColumn }: QueriedTable, foreign: number, isEmpty: boolean): string | undefined {
  if (foreign > 0) return 'FOREIGN_ROWS';
  return subjectColumn === 'id' && isEmpty ? 'INCONSISTENT' : undefined;
}
