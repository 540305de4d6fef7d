import { type Fragment, FragmentEncoder, type FragmentPlan, type MissingPart } from './bundle/fragment.ts';
import { type AnswerFigures, readAnswer, readObjects } from './engine-answer.ts';
import { EngineFiles, OtherColumns, type OwnColumns } from './engine-files.ts';
import { EngineQueryRejectedError } from './errors.ts';
import { columnsOf } from './headers.ts';
import type { Engine, Login, Subject } from './model.ts';
import { resolveStatement } from './nxql.ts';
import { PLAN, platformsOf, type TablePlan } from './plan.ts';
import type { Clock, EngineApi, FragmentSink, PartStore } from './ports.ts';
import { type FoundObject, isCut, planUnits, split, type Unit } from './units.ts';
import { betweenOn, type DayWindow, dayAt, wholeSpan } from './windows.ts';

/** Where a walk stands between two invocations; plain JSON. */
export interface WalkState {
  readonly units: readonly Unit[];
  readonly subjects: number;
  readonly ownColumns: OwnColumns;
}

export interface WalkPorts {
  readonly engineApi: EngineApi;
  readonly parts: PartStore;
  readonly clock: Clock;
  readonly limits: { readonly daysBack: number; readonly rowLimit: number; readonly deflateLevel: number };
}

interface WalkContext {
  readonly engine: Engine;
  readonly login: Login;
  readonly subject: Subject;
  readonly plan: FragmentPlan;
  readonly sink: FragmentSink;
}

interface WalkHooks {
  readonly mayStart: () => boolean;
  readonly signal: AbortSignal;
  readonly onFile: (file: string) => Promise<void>;
  readonly onRows: (rows: number, bytes: number) => void;
}

/** Walks one Engine: tables, platforms, objects and day windows in order, one query at a time (design D3, D3a). */
export class EngineWalk {
  readonly #context: WalkContext;
  readonly #ports: WalkPorts;
  readonly #hooks: WalkHooks;
  readonly #encoder: FragmentEncoder;
  readonly #tables: readonly TablePlan[];
  readonly #fragments: Fragment[] = [];
  readonly #missing: MissingPart[] = [];
  #files: EngineFiles;
  #offset = 0;

  constructor(context: WalkContext, ports: WalkPorts, hooks: WalkHooks) {
    this.#context = context;
    this.#ports = ports;
    this.#hooks = hooks;
    this.#encoder = new FragmentEncoder(ports.limits.deflateLevel);
    this.#tables = PLAN[context.subject.kind];
    this.#files = new EngineFiles(context.engine, context.plan, {});
  }

  /** @param from where an earlier walk stopped; from the beginning when absent */
  async run(from?: WalkState): Promise<{
    fragments: readonly Fragment[];
    missing: readonly MissingPart[];
    subjects: number;
    next: WalkState | null;
  }> {
    try {
      const start = from ?? (await this.#resolve());
      this.#files = new EngineFiles(this.#context.engine, this.#context.plan, start.ownColumns);
      const units = [...start.units];
      while (units.length > 0 && this.#hooks.mayStart()) {
        const unit = units.shift()!;
        units.unshift(...(await this.#ask(unit)));
      }
      const { subjects } = start;
      const next = units.length > 0 ? { units, subjects, ownColumns: this.#files.own } : null;
      return { fragments: this.#fragments, missing: this.#missing, subjects, next };
    } finally {
      this.#encoder.close();
    }
  }

  /** Finds the Engine-local ids of the objects that carry the name; several are all kept (retrieval-plan.md 5). */
  async #resolve(): Promise<WalkState> {
    const { engine, login, subject } = this.#context;
    const found: FoundObject[] = [];
    for (const platform of platformsOf(subject.kind)) {
      const query = { statement: resolveStatement(subject), platform, file: `engines/${subject.kind}.csv` };
      const stream = await this.#ports.engineApi.query(engine, login, query, this.#hooks.signal);
      for (const { id, name } of await readObjects(engine.engineId, stream)) {
        if (id && name === subject.name) found.push({ platform, id });
      }
    }
    const units = planUnits(this.#tables, found, this.#span(), this.#ports.limits.rowLimit);
    return { units, subjects: new Set(found.map(({ id }) => id)).size, ownColumns: {} };
  }

  /** Asks one question. @returns the questions that take its place when its answer was cut */
  async #ask(unit: Unit): Promise<Unit[]> {
    const table = this.#tables[unit.table]!;
    await this.#hooks.onFile(table.file);
    let figures: AnswerFigures;
    const today = this.#today();
    try {
      figures = await this.#read(table, unit, today);
    } catch (error) {
      await this.#encoder.discard();
      if (error instanceof OtherColumns) return this.#widen(table, unit);
      if (!(error instanceof EngineQueryRejectedError)) throw error;
      this.#missing.push({ file: table.file, reason: error.name, platform: unit.platform, ...unit.window });
      return [];
    }
    if (unit.window && this.#today() !== today) {
      await this.#encoder.discard(); // midnight passed: the window's words meant other days for a part of the answer
      return [unit];
    }
    const cut = isCut(unit, figures);
    const smaller = cut ? split(unit) : [];
    if (smaller.length > 0) {
      await this.#encoder.discard();
      return smaller;
    }
    await this.#keep(table, unit, figures);
    const gap = { file: table.file, platform: unit.platform, ...unit.window };
    if (cut) this.#missing.push({ ...gap, reason: 'ROW_LIMIT' });
    if (figures.foreign > 0) this.#missing.push({ ...gap, reason: 'FOREIGN_ROWS' });
    return [];
  }

  async #read(table: TablePlan, unit: Unit, today: string): Promise<AnswerFigures> {
    const { engine, login } = this.#context;
    const between = unit.window ? betweenOn(today, unit.window) : { from: 'midnight', to: 'now' };
    const query = {
      statement: table.statement(unit.id, between, unit.limit),
      platform: unit.platform,
      file: table.file,
    };
    const stream = await this.#ports.engineApi.query(engine, login, query, this.#hooks.signal);
    const rule = {
      subjectColumn: table.subjectColumn,
      subjectId: unit.id,
      timeColumn: table.timeColumn,
      window: unit.window,
      firstWindow: unit.window?.from === this.#span().from,
    };
    return readAnswer(engine.engineId, stream, this.#encoder, rule, (columns) => ({
      layout: this.#files.layOut(table.file, unit.platform, columns),
      neutralizeFormulas: this.#context.plan.formulaSwitch,
    }));
  }

  async #widen(table: TablePlan, unit: Unit): Promise<Unit[]> {
    const { engine, login } = this.#context;
    const columns = await columnsOf(this.#ports.engineApi, engine, login, table, this.#hooks.signal);
    this.#files.widen(table.file, columns);
    return [unit];
  }

  async #keep(table: TablePlan, unit: Unit, { rows, rowsPerDay, firstRows }: AnswerFigures): Promise<void> {
    const { bytes, figures } = await this.#encoder.end();
    if (bytes.length === 0) return;
    const { sink } = this.#context;
    await sink.write(bytes);
    this.#fragments.push({
      file: this.#files.path(table.file),
      columns: this.#files.columns(table.file),
      partKey: sink.partKey,
      offset: this.#offset,
      ...figures,
      rows,
      rowsPerDay: unit.window ? rowsPerDay : {},
      firstRows,
    });
    this.#offset += bytes.length;
    this.#hooks.onRows(rows, figures.rawBytes);
  }

  /** The days that are asked for, frozen when the Request first started (D3a). */
  #span(): DayWindow {
    const { plan, engine } = this.#context;
    return wholeSpan(dayAt(new Date(plan.frozenAt), engine.timezone), this.#ports.limits.daysBack);
  }

  #today(): string {
    return dayAt(this.#ports.clock.now(), this.#context.engine.timezone);
  }
}
