import { FragmentEncoder, type PartIndex } from '../../archive/fragment.ts';
import type { FragmentSink } from '../../archive/ports.ts';
import { type DayWindow, dayAt, wholeSpan } from '../../common/day-window.ts';
import { GdprError, ignoring } from '../../common/errors.ts';
import type { Estimate, SourceProgress } from '../../requests/source.ts';
import type { SealedSubject, SubjectKind } from '../../requests/subject.ts';
import { halvesOf, nameOf } from '../../requests/subjects/account-name.ts';
import { EngineAnswerError, EngineQueryRejectedError, isAboutOneAnswer } from '../errors.ts';
import { objectStatement } from '../nxql.ts';
import { DOMAIN_COLUMN, tablesOf, type UnlistedTable } from '../tables/tables.ts';
import type { Others } from './confirmation.ts';
import type { EngineClient } from './engine-client.ts';
import { type DynamicFields, engineFiles, type OwnColumns } from './engine-files.ts';
import { findDynamicFields, findUnlistedTables } from './engine-lists.ts';
import { showsAnything } from './find-accounts.ts';
import { FragmentBook } from './fragment-writer.ts';
import type { QueryContext } from './query-context.ts';
import { type KnownOfEngine, QueryRunner } from './query-runner.ts';
import { estimateOf, type FoundObject, firstUnits, keyOf, MAX_ROWS, type QueryUnit } from './query-units.ts';
import {
  areAmong,
  areSame,
  findOtherIds,
  namesOf,
  type ResolvedAccounts,
  resolveAccounts,
  withPresentIds,
} from './resolve-accounts.ts';

/** How often queries are repeated because ids have changed; after that the gap is all there is. */
const MAX_CHANGES = 3;

/** State of a walk between two invocations; plain JSON without any name. */
export interface WalkState {
  readonly units: readonly QueryUnit[];
  /** Queries at the start, and when that was, milliseconds since 1970 UTC. */
  readonly total: number;
  readonly startedAt: number;
  readonly subjects: number;
  readonly dynamicFields: DynamicFields;
  /** Tables about the Subject that this Engine has and no record describes; states of 0.2.0 have none. */
  readonly unlisted?: readonly UnlistedTable[];
  /** Headers of files that this Engine needs for itself, by file. */
  readonly ownColumns: OwnColumns;
  /** Maximum rows that this Engine returns at once, as far as is known, and what short answers have shown of it. */
  readonly maxRows: number;
  readonly shownRows?: number;
  /** The Subject's objects when they were looked up last, and how often their ids had changed; states of 0.2.0 have none. */
  readonly ids?: readonly FoundObject[];
  readonly changes?: number;
  /** Objects that were active together with the Subject's; states of 0.2.0 have none. */
  readonly others?: Others;
}

export interface WalkLimits {
  readonly daysBack: number;
  readonly rowLimit: number;
  /** Minimum rows of an answer that is confirmed in halves, once for each table. */
  readonly confirmRows: number;
  readonly deflateLevel: number;
}

interface WalkContext extends Pick<QueryContext, 'client' | 'subject' | 'frame' | 'clock'> {
  readonly sink: FragmentSink;
  readonly limits: WalkLimits;
}

interface WalkHooks {
  readonly mayStart: () => boolean;
  /** Before the first query. @param position what the walk is at, whenever it is called: figures of this walk alone */
  readonly onQueries: (
    position: () => Pick<SourceProgress, 'rows' | 'bytes' | 'current' | 'window'> & Estimate,
  ) => void;
}

interface WalkResult extends Required<Pick<PartIndex, 'fragments' | 'missing' | 'subjects' | 'taken' | 'pending'>> {
  readonly next: WalkState | null;
  readonly estimate: Estimate;
  readonly failure?: unknown;
}

/**
 * Walks one Engine: tables, platforms, objects and windows in order, one query at a time (docs/decisions/0005, docs/decisions/0021).
 * Answers that came before it fails are committed. @param from where an earlier walk stopped
 */
export async function walkEngine(context: WalkContext, hooks: WalkHooks, from?: WalkState): Promise<WalkResult> {
  const { client, subject, frame, sink, limits } = context;
  const encoder = new FragmentEncoder(limits.deflateLevel);
  const book = new FragmentBook(sink, encoder);
  // Frozen when the Request first started (docs/decisions/0021).
  const span = wholeSpan(dayAt(new Date(frame.frozenAt), client.engine.timezone), limits.daysBack);
  try {
    const resolved = await resolveAccounts(client, subject); // anew in each call: ids may have changed during a pause
    const start = from ?? (await listQueries(context, resolved, span, book));
    const files = engineFiles(client.engine, frame, start.ownColumns);
    const names = [...namesAsked(subject, resolved), ...(await identifiersOf(client, subject.kind, resolved.accounts))];
    const tables = tablesOf(subject.kind, start.unlisted);
    const units = [...start.units];
    const notes = [...book.missing];
    let { accounts } = resolved;
    let { changes = 0, ids: before = accounts } = start;
    const runnerWith = (known: KnownOfEngine) => {
      const shared = { ...context, tables, accounts, names, span, files, book, encoder };
      return new QueryRunner(shared, known, start.others ?? {});
    };
    let runner = runnerWith({ shownRows: MAX_ROWS, ...start });
    let answered = 0;
    const gone = new Set<string>();
    let isProved = false; // all is answered, and a later look-up has found the same ids
    const noteChange = () => book.noteOnce({ file: `engines/${subject.kind}.csv`, reason: 'IDS_CHANGED' });
    /** Begins this call again with other ids, and names the Engine. Answers about objects that are gone stay. @returns false: it goes on */
    const restart = (now: typeof accounts, known: readonly FoundObject[]): boolean => {
      noteChange();
      if (areAmong(now, known)) {
        units.splice(0, units.length, ...withPresentIds(units, known, now, subject.kind));
        accounts = now;
        return false;
      }
      if (changes++ < MAX_CHANGES) {
        accounts = now;
        answered = 0;
        const present = (objects: readonly FoundObject[]) => withPresentIds(objects, known, now, subject.kind);
        for (const each of known) if (present([each]).length === 0) gone.add(keyOf(each));
        book.restart(notes, gone);
        const meant = withPresentIds(before, before, now, subject.kind).map(keyOf);
        const added = now.filter((object) => !meant.includes(keyOf(object)));
        const more = firstUnits(tables, added, span, limits.rowLimit).filter(({ id }) => id !== '');
        units.splice(0, units.length, ...withPresentIds(start.units, before, now, subject.kind), ...more);
        runner = runnerWith(runner);
        noteChange();
      }
      return accounts === now;
    };
    if (areSame(before, accounts)) before = accounts;
    else restart(accounts, before);
    /** Looks the ids up again. @returns true when this call begins again */
    const haveChanged = async (): Promise<boolean> => {
      runner.hasSeenOthers = false;
      try {
        const now = await findOtherIds({ client, subject, accounts, names });
        return now !== undefined && restart(now, accounts);
      } catch (error) {
        if (!isAboutOneAnswer(error) && !(error instanceof EngineQueryRejectedError)) throw error;
        noteChange(); // nobody knows
        return false;
      }
    };
    const state = (): WalkState | null => {
      if (isProved) return null;
      const { maxRows, shownRows, dynamicFields } = runner;
      const { others } = runner.confirmation;
      const ids = accounts.map(({ platform, id }) => ({ platform, id }));
      return { ...start, units, ownColumns: files.own, maxRows, shownRows, dynamicFields, others, ids, changes };
    };
    const estimate = () => estimateOf(start.total, units, span, context.clock.now().getTime() - start.startedAt);
    const result = (): WalkResult => ({
      estimate: estimate(),
      fragments: book.fragments,
      missing: book.missing,
      subjects: start.subjects,
      taken: subject.accounts || subject.found ? [] : namesOf(subject.kind, accounts),
      pending: units.map(({ table, platform, window }) => ({
        file: files.path(tables[table]!.file),
        platform,
        ...window,
      })),
      next: state(),
    });
    hooks.onQueries(() => {
      const [unit] = units;
      const at = unit && { current: tables[unit.table]!.file, ...(unit.window && { window: unit.window }) };
      return { ...book.figures, ...at, ...estimate() };
    });
    for (let mayStart = hooks.mayStart(); mayStart && !isProved; ) {
      const [unit] = units;
      try {
        if (unit) {
          const instead = await runner.run(unit);
          units.splice(0, 1, ...instead);
          if (instead.length === 0) answered++;
          mayStart = hooks.mayStart();
        }
        const isLast = !mayStart || units.length === 0;
        if ((isLast || runner.hasSeenOthers) && (await haveChanged())) continue;
        if (!isLast && units[0]?.table === unit!.table && !runner.confirmation.isDue) continue;
        const repeats = await runner.confirm();
        units.unshift(...repeats);
        answered -= repeats.length;
        isProved = units.length === 0;
      } catch (failure) {
        await encoder.discard();
        const unconfirmed = runner.confirmation.takeBack();
        units.unshift(...unconfirmed);
        if (answered <= unconfirmed.length || !(failure instanceof GdprError)) throw failure;
        return { ...result(), failure };
      }
    }
    return result();
  } finally {
    encoder.close();
  }
}

/** Names to look for where a query is about a name, not an id. None while it is open which account is meant. */
function namesAsked({ kind, name, accounts, found }: SealedSubject, resolved: ResolvedAccounts): readonly string[] {
  const known = accounts ?? found;
  if (resolved.accounts.length > 0) return [...new Set([...namesOf(kind, resolved.accounts), ...(known ?? [])])];
  return known ?? (resolved.others.length > 0 ? [] : [nameOf(kind, halvesOf({ kind, name }))]);
}

/** What devices may write in the place of a user's name: a SID that they cannot resolve, or the principal name. */
async function identifiersOf(client: EngineClient, kind: SubjectKind, accounts: ResolvedAccounts['accounts']) {
  const found = new Set<string>();
  for (const [id, [object]] of kind === 'user' ? Map.groupBy(accounts, (account) => account.id) : []) {
    for (const field of ['sid', DOMAIN_COLUMN.user]) {
      const statement = objectStatement(kind, id, [], ['id', field]);
      for (const row of await client.rowsOrNone(statement, object!.platform, 'engines/user.csv'))
        if (row.id === id && /^S-1-5-21-|.@./.test(row[field]!)) found.add(row[field]!);
    }
  }
  return found;
}

/** Lists the queries about the accounts, and names the accounts that are left out. */
async function listQueries(
  { client, subject, limits, clock }: WalkContext,
  { accounts, others, isUnsure }: ResolvedAccounts,
  span: DayWindow,
  book: FragmentBook,
): Promise<WalkState> {
  const { kind } = subject;
  const startedAt = clock.now().getTime();
  // What shows no object at all says nothing about one (R12).
  const isSilent =
    accounts.length + others.length === 0 &&
    !((await showsAnything(client).catch(ignoring(EngineQueryRejectedError))) ?? true);
  if (isSilent) throw new EngineAnswerError(client.engine.engineId, 'no user and no device at all');
  for (const { platform } of others) book.noteOnce({ file: `engines/${kind}.csv`, platform, reason: 'OTHER_ACCOUNT' });
  if (isUnsure) book.noteOnce({ file: `engines/${kind}.csv`, reason: 'UNCONFIRMED' });
  const platforms = [...new Set(accounts.map(({ platform }) => platform))];
  const dynamic = await findDynamicFields(client, kind, platforms);
  const unlisted = await findUnlistedTables(client, kind, platforms);
  book.missing.push(...dynamic.missing, ...unlisted.missing);
  const units = firstUnits(tablesOf(kind, unlisted.tables), accounts, span, limits.rowLimit);
  return {
    units,
    total: units.length,
    startedAt,
    subjects: new Set(accounts.map(({ id }) => id)).size,
    dynamicFields: dynamic.fields,
    unlisted: unlisted.tables,
    ownColumns: {},
    maxRows: MAX_ROWS,
  };
}
