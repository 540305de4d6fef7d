import { type AttemptFrame, FragmentEncoder, type PartIndex, type Spelling } from '../../archive/fragment.ts';
import type { FragmentSink } from '../../archive/ports.ts';
import { type DayWindow, dayAt, wholeSpan } from '../../common/day-window.ts';
import { GdprError } from '../../common/errors.ts';
import type { Clock } from '../../common/ports.ts';
import type { Estimate, SourceProgress } from '../../requests/source.ts';
import type { Subject } from '../../requests/subject.ts';
import { EngineQueryRejectedError } from '../errors.ts';
import { isQueryable, resolveStatement } from '../nxql.ts';
import { nearNames, platformsOf, TABLES } from '../tables/tables.ts';
import { type DynamicFields, findDynamicFields } from './dynamic-fields.ts';
import type { EngineClient } from './engine-client.ts';
import { EngineFiles, type OwnColumns } from './engine-files.ts';
import { FragmentBook } from './fragment-writer.ts';
import { QueryRunner } from './query-runner.ts';
import { estimateOf, type FoundObject, firstUnits, MAX_ROWS, type QueryUnit } from './query-units.ts';
import { rowsNamed, spell, spellingsOf } from './spelling.ts';

/** State of a walk between two invocations; plain JSON without any name. */
export interface WalkState {
  readonly units: readonly QueryUnit[];
  /** Queries at the start, and when that was, milliseconds since 1970 UTC. */
  readonly total: number;
  readonly startedAt: number;
  readonly subjects: number;
  readonly spelling: Spelling;
  readonly nearNames: readonly string[];
  readonly dynamicFields: DynamicFields;
  /** Headers of files that this Engine needs for itself, by file. */
  readonly ownColumns: OwnColumns;
  /** Maximum rows that this Engine returns at once, as far as is known. */
  readonly maxRows: number;
}

export interface WalkLimits {
  readonly daysBack: number;
  /** Limit of the first query. */
  readonly rowLimit: number;
  /** Minimum rows of an answer that is checked for truncation. */
  readonly confirmRows: number;
  readonly deflateLevel: number;
}

interface WalkContext {
  readonly client: EngineClient;
  readonly subject: Subject;
  readonly frame: AttemptFrame;
  readonly sink: FragmentSink;
  readonly clock: Clock;
  readonly limits: WalkLimits;
}

export interface WalkHooks {
  readonly mayStart: () => boolean;
  /** Before each query. */
  readonly onUnit: (at: Pick<SourceProgress, 'current' | 'window'> & Estimate) => Promise<void>;
  readonly onRows: (rows: number, bytes: number) => void;
}

/** What a walk commits, and the error that ended it, if any. */
interface WalkResult
  extends Required<Pick<PartIndex, 'fragments' | 'missing' | 'subjects' | 'spelling' | 'nearNames' | 'pending'>> {
  readonly next: WalkState | null;
  readonly estimate: Estimate;
  readonly failure?: unknown;
}

/**
 * Walks one Engine: tables, platforms, objects and day windows in order, one query at a time (docs/decisions/0005, docs/decisions/0021).
 * Answers that came before an Engine fails are committed: the next call goes on from there and does not query them again.
 * @param from where an earlier walk stopped; from the beginning when absent
 */
export async function walkEngine(context: WalkContext, hooks: WalkHooks, from?: WalkState): Promise<WalkResult> {
  const { client, subject, frame, sink, limits } = context;
  const encoder = new FragmentEncoder(limits.deflateLevel);
  const book = new FragmentBook(sink, encoder, hooks.onRows);
  const span = spanOf(context);
  try {
    const start = from ?? (await resolve(context, span, book));
    const files = new EngineFiles(client.engine, frame, start.ownColumns);
    const named = { ...subject, name: spell(subject.name, start.spelling) };
    const runner = new QueryRunner({ ...context, subject: named, span, files, book, encoder }, start);
    const units = [...start.units];
    const state = (): WalkState | null =>
      units.length > 0 ? { ...start, units, ownColumns: files.own, maxRows: runner.maxRows } : null;
    const estimate = () => estimateOf(start.total, units, span, context.clock.now().getTime() - start.startedAt);
    const result = (): WalkResult => ({
      estimate: estimate(),
      fragments: book.fragments,
      missing: book.missing,
      subjects: start.subjects,
      spelling: start.spelling,
      nearNames: start.nearNames,
      pending: units.map((unit) => gapOf(files, subject, unit)),
      next: state(),
    });
    for (let answered = 0; units.length > 0 && hooks.mayStart(); ) {
      const unit = units[0]!;
      try {
        const current = TABLES[subject.kind][unit.table]!.file;
        await hooks.onUnit({ current, ...(unit.window && { window: unit.window }), ...estimate() });
        const instead = await runner.run(unit);
        units.splice(0, 1, ...instead);
        if (instead.length === 0) answered++;
      } catch (failure) {
        await encoder.discard();
        if (answered === 0 || !(failure instanceof GdprError)) throw failure;
        return { ...result(), failure };
      }
    }
    return result();
  } finally {
    encoder.close();
  }
}

/** The days that are queried, frozen when the Request first started (docs/decisions/0021). */
const spanOf = ({ frame, client, limits }: WalkContext): DayWindow =>
  wholeSpan(dayAt(new Date(frame.frozenAt), client.engine.timezone), limits.daysBack);

const gapOf = (files: EngineFiles, { kind }: Subject, { table, platform, window }: QueryUnit) => ({
  file: files.path(TABLES[kind][table]!.file),
  platform,
  ...window,
});

/**
 * Objects of exactly this name on each platform; several are all kept (docs/nxql.md).
 * @throws {EngineQueryRejectedError} no platform supports the query
 */
async function findObjects(client: EngineClient, subject: Subject): Promise<FoundObject[]> {
  const found: FoundObject[] = [];
  const refusals: unknown[] = [];
  const platforms = platformsOf(subject.kind);
  for (const platform of platforms) {
    try {
      const rows = await client.rows(resolveStatement(subject), platform, `engines/${subject.kind}.csv`);
      for (const { id } of rowsNamed(rows, subject.name)) if (id) found.push({ platform, id });
    } catch (error) {
      if (!(error instanceof EngineQueryRejectedError)) throw error;
      refusals.push(error); // an older version may not know the platform
    }
  }
  if (refusals.length === platforms.length) throw refusals[0];
  return found;
}

/** Looks the name up and lists the queries. */
async function resolve(context: WalkContext, span: DayWindow, book: FragmentBook): Promise<WalkState> {
  const { client, subject, limits } = context;
  const { kind } = subject;
  const startedAt = context.clock.now().getTime();
  let found: FoundObject[] = [];
  let spelling: Spelling = 'exact';
  for (const one of spellingsOf(subject.name).filter(({ name }) => isQueryable(name))) {
    found = await findObjects(client, { kind, name: one.name });
    spelling = one.spelling;
    if (found.length > 0) break;
  }
  if (found.length === 0) spelling = 'exact';
  const dynamic = await findDynamicFields(client, kind, [...new Set(found.map(({ platform }) => platform))]);
  book.missing.push(...dynamic.missing);
  const [first] = found;
  const near =
    kind === 'user' && first
      ? await nearNames(first.id, spell(subject.name, spelling), (statement) =>
          client.rowsOrNone(statement, first.platform, 'engines/user.csv'),
        )
      : [];
  const units = firstUnits(TABLES[kind], found, span, limits.rowLimit);
  return {
    units,
    total: units.length,
    startedAt,
    subjects: new Set(found.map(({ id }) => id)).size,
    spelling,
    nearNames: near,
    dynamicFields: dynamic.fields,
    ownColumns: {},
    maxRows: MAX_ROWS,
  };
}
