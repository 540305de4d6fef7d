import type { FragmentEncoder, FragmentPlan, MissingPart } from './bundle/fragment.ts';
import { type AnswerFigures, readAnswer } from './engine-answer.ts';
import type { EngineAsker } from './engine-asker.ts';
import { type EngineFiles, OtherColumns } from './engine-files.ts';
import { EngineQueryRejectedError, EngineTimeoutError } from './errors.ts';
import type { FragmentBook } from './fragment-book.ts';
import { columnsOf, emptyQuestion } from './headers.ts';
import type { ListPlan } from './lists.ts';
import type { Subject } from './model.ts';
import { PLAN, type Question, type StreamPlan } from './plan.ts';
import type { Clock } from './ports.ts';
import { enlarge, isFull, type Unit } from './units.ts';
import { betweenOn, type DayWindow, dayAt, halve, widen } from './windows.ts';

/** Asked for on both sides of a window: an Engine's clock or zone may not be what we think. The border rule drops what is too much. */
const MARGIN_DAYS = 1;

/** An answer that looks cut is asked for again so often. */
const MOST_REPEATS = 3;

/** An Engine that refuses even so few rows refuses something else. */
const FEWEST_ROWS = 100;

interface UnitContext {
  readonly asker: EngineAsker;
  /** As the Engine spells it. */
  readonly subject: Subject;
  readonly plan: FragmentPlan;
  readonly span: DayWindow;
  readonly files: EngineFiles;
  readonly book: FragmentBook;
  readonly encoder: FragmentEncoder;
  readonly clock: Clock;
  readonly limits: { readonly rowLimit: number; readonly confirmRows: number };
}

/** Asks one unit after the other and keeps what comes; an answer that is not whole is thrown away and asked anew. */
export class UnitAsker {
  /** Rows that this Engine gives at once, as far as is known. */
  mostRows: number;
  readonly #context: UnitContext;
  readonly #dynamicFields: readonly string[];

  constructor(context: UnitContext, known: { readonly mostRows: number; readonly dynamicFields: readonly string[] }) {
    this.#context = context;
    this.mostRows = known.mostRows;
    this.#dynamicFields = known.dynamicFields;
  }

  /** @returns the units that take its place: none when its answer was kept or noted as missing */
  async ask(unit: Unit): Promise<Unit[]> {
    const table = PLAN[this.#context.subject.kind][unit.table]!;
    if (table.kind === 'stream') return this.#stream(table, unit);
    await this.#list(table, unit);
    return [];
  }

  async #list(table: ListPlan, unit: Unit): Promise<void> {
    const { asker, subject, plan, book, files } = this.#context;
    const question = this.#question(unit, this.#today());
    const gap = { file: table.file, platform: unit.platform };
    const rows = await table.collect(subject, question, async (statement) => {
      const found = await asker.rowsIfKnown(statement, unit.platform, table.file);
      if (!found) this.#noteOnce({ ...gap, reason: 'TABLE_UNKNOWN' });
      else if (found.length >= this.mostRows) this.#noteOnce({ ...gap, reason: 'ROW_LIMIT' });
      return found ?? [];
    });
    const prefix = [asker.engine.name, unit.platform];
    const cells = rows.map((row) => [...prefix, ...table.columns.map((column) => row[column] ?? '')]);
    await book.keepRows(table.file, files.columns(table.file), cells, plan.formulaSwitch);
  }

  async #stream(table: StreamPlan, asked: Unit): Promise<Unit[]> {
    const { encoder, book, files } = this.#context;
    const limit = asked.window ? Math.min(asked.limit, this.mostRows) : this.mostRows;
    const unit = { ...asked, limit };
    const today = this.#today();
    const question = this.#question(unit, today, unit.exact ? 0 : MARGIN_DAYS);
    let figures: AnswerFigures;
    try {
      figures = await this.#read(table, unit, question);
    } catch (error) {
      if (error instanceof OtherColumns) {
        await encoder.discard();
        files.widen(table.file, await columnsOf(this.#context.asker, table, this.#dynamicFields));
        return [unit];
      }
      const halves = unit.window && halve(unit.window);
      if (error instanceof EngineTimeoutError && halves) {
        await encoder.discard(); // too much for one question
        return halves.map((window) => ({ ...unit, window }));
      }
      if (!(error instanceof EngineQueryRejectedError)) throw error;
      return this.#afterRefusal(table, unit, question);
    }
    if (unit.window && this.#today() !== today) {
      await encoder.discard(); // midnight passed: the window's words meant other days for a part of the answer
      return [unit];
    }
    const suspicious = !isFull(unit, figures) && (await this.#isSilentlyCut(table, unit, figures));
    if (suspicious && unit.again !== figures.received && (unit.times ?? 0) < MOST_REPEATS) {
      await encoder.discard(); // a cap gives as many rows again, an Engine that goes on recording gives more
      return [{ ...unit, again: figures.received, times: (unit.times ?? 0) + 1 }];
    }
    const silently = suspicious && unit.again === figures.received;
    if (silently) this.mostRows = Math.min(this.mostRows, figures.received);
    const cut = silently || isFull(unit, figures);
    const larger = cut ? enlarge(unit, this.#context.limits.rowLimit, this.mostRows) : [];
    if (larger.length > 0) {
      await encoder.discard();
      return larger;
    }
    await book.keep(files.path(table.file), files.columns(table.file), figures);
    const gap = { file: table.file, platform: unit.platform, ...unit.window };
    if (cut) book.missing.push({ ...gap, reason: 'ROW_LIMIT' });
    if (figures.foreign > 0) book.missing.push({ ...gap, reason: 'FOREIGN_ROWS' });
    return [];
  }

  async #read(table: StreamPlan, unit: Unit, question: Question): Promise<AnswerFigures> {
    const { asker, plan, span, files, encoder } = this.#context;
    const statements = table.statements(question);
    const stream = await asker.stream(statements[unit.variant]!, unit.platform, table.file);
    const rule = {
      subjectColumn: table.subjectColumn,
      subjectId: unit.id,
      timeColumn: table.timeColumn,
      window: unit.window,
      firstWindow: unit.window?.from === span.from,
    };
    return readAnswer(asker.engine.engineId, stream, encoder, rule, (columns) => ({
      layout: files.layOut(table.file, unit.platform, columns),
      neutralizeFormulas: plan.formulaSwitch,
    }));
  }

  /** What is asked after a 400: fewer rows when the statement itself is good, else the next statement of the table. */
  async #afterRefusal(table: StreamPlan, unit: Unit, question: Question): Promise<Unit[]> {
    const { asker, book, encoder } = this.#context;
    await encoder.discard();
    const empty = table.statements(emptyQuestion(unit.platform, this.#dynamicFields))[unit.variant]!;
    const isGood = (await asker.columns([empty], unit.platform, table.file)).length > 0;
    if (isGood && unit.window && unit.limit > FEWEST_ROWS) {
      this.mostRows = Math.max(FEWEST_ROWS, Math.floor(unit.limit / 4));
      return [unit];
    }
    const variant = unit.variant + 1;
    if (!isGood && variant < table.statements(question).length) {
      this.#noteOnce({ file: table.file, platform: unit.platform, reason: 'FIELDS_UNKNOWN' });
      return [{ ...unit, variant }];
    }
    const gap = { file: table.file, platform: unit.platform };
    const fields = book.missing.findIndex((known) => isSame(known, { ...gap, reason: 'FIELDS_UNKNOWN' }));
    if (fields >= 0) book.missing.splice(fields, 1); // it was not a field: the table itself is not known
    book.missing.push({ ...gap, ...unit.window, reason: isGood ? 'REFUSED' : 'TABLE_UNKNOWN' });
    return [];
  }

  /**
   * True when the Engine holds newer rows than it gave, though it was asked for more than it gave: some versions may cap
   * an answer without a word. One small question; none is asked about small answers.
   */
  async #isSilentlyCut(table: StreamPlan, unit: Unit, figures: AnswerFigures): Promise<boolean> {
    const { asker, limits } = this.#context;
    if (!table.newest || !table.timeColumn || !unit.window || figures.received < limits.confirmRows) return false;
    const question = this.#question({ ...unit, limit: figures.newestRows + 1 }, this.#today());
    const statement = table.newest(question);
    const rows = (await asker.rowsIfKnown(statement, unit.platform, table.file)) ?? [];
    const { to } = unit.window;
    const times = rows.map((row) => row[table.timeColumn!] ?? '').filter((time) => time.slice(0, 10) < to);
    const equal = times.filter((time) => time === figures.newest).length;
    return times.some((time) => time > figures.newest) || equal > figures.newestRows;
  }

  #noteOnce(gap: MissingPart): void {
    const { missing } = this.#context.book;
    if (!missing.some((known) => isSame(known, gap))) missing.push(gap);
  }

  #question({ id, platform, limit, window = this.#context.span }: Unit, today: string, margin = 0): Question {
    const between = betweenOn(today, widen(window, margin));
    return { id, platform, between, limit, dynamicFields: this.#dynamicFields };
  }

  #today(): string {
    return dayAt(this.#context.clock.now(), this.#context.asker.engine.timezone);
  }
}

const isSame = (a: MissingPart, b: MissingPart): boolean =>
  a.file === b.file && a.platform === b.platform && a.reason === b.reason;
