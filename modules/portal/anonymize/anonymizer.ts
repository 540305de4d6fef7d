import { randomUUID } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import type { GdprError } from '../../common/errors.ts';
import type { Rehearsal } from '../../requests/record.ts';
import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import { qualified } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import {
  NameOutOfReachError,
  OpenTransactionsError,
  PortalDatabaseError,
  PortalDatabaseUnavailableError,
  PortalKeysMergeError,
  ResidueFoundError,
} from '../errors.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import type { PersonJudge } from '../names/person-judge.ts';
import { isDrawn, patternOf, Tokens } from '../names/tokens.ts';
import type { AnonymizationOutcome, PortalAnonymizer, Rehearsed } from '../ports.ts';
import { placesOutOfReach } from '../search/catalog-texts.ts';
import { type JudgedTable, sharedToken } from '../search/judged-tables.ts';
import { searchFor } from '../search/people.ts';
import { findingsIn } from '../search/preview.ts';
import { type CountsByPlace, countAll, placesWith, residueIn, searchedIn } from '../search/scan.ts';
import type { PortalPolicy } from '../settings.ts';
import { Controls } from './bystander-check.ts';
import { portalLedger, readOutcome, requestLock, subjectLock } from './ledger.ts';
import { rewriteMapped } from './rewrite.ts';
import { rightsLacking, triggersAt } from './triggers.ts';

export type AnonymizerPolicy = Pick<PortalPolicy, 'unreachable' | 'controls' | 'lockSeconds' | 'statementSeconds'> &
  Partial<Pick<PortalPolicy, 'mentions'>>;

/** Rewrites the mapped columns in one transaction (docs/decisions/0010). After a committed run it returns the stored outcome. */
export const portalAnonymizer = (
  source: PortalConnectionSource,
  mapping: PortalMapping,
  policy: AnonymizerPolicy,
): PortalAnonymizer => ({
  async anonymize(requestId, subject, token, { mayStart, mayCommit }, signal) {
    const { lockSeconds, statementSeconds } = policy;
    const locks = [requestLock(requestId), subjectLock(subject)];
    // when somebody else changes one of the rows meanwhile, this isolation ends the run, which is then tried again
    const options = { lockSeconds, statementSeconds, locks, writes: true, awaitsWriters: true };
    const run = (isEach: boolean) =>
      withTransaction(source, options, async (transaction) => {
        const earlier = await readOutcome(transaction, mapping, requestId);
        if (earlier) return earlier;
        if (signal) transaction.endOnAbort(signal); // only now: a committed outcome is reported despite a cancellation (R16)
        const work = { mapping, policy, requestId, subject, token, isEach, mayStart };
        const { judge, outcome } = await change(transaction, work);
        transaction.ignoreAbort();
        await mayCommit(judge.person);
        try {
          await transaction.commit();
        } catch (error) {
          if (!(error instanceof PortalDatabaseUnavailableError)) throw error;
          if (!(await portalLedger(source, mapping).outcomeOf(requestId))) throw error; // only its answer was lost
        }
        return outcome;
      });
    return run(false).catch((error: unknown) => {
      if (isCollision(error)) return run(true);
      throw error;
    });
  },
});

/** Longest wait for a lock in a rehearsal: others come first. */
const REHEARSAL_LOCK_SECONDS = 5;

/** Every step of a run, all rolled back: one rehearsal at a time, with the role of the run (docs/decisions/0010). */
export function rehearse(
  source: PortalConnectionSource,
  mapping: PortalMapping,
  policy: AnonymizerPolicy,
  { subject, token, most, mayStart }: Rehearsed,
  signal?: AbortSignal,
): Promise<Rehearsal> {
  const lockSeconds = Math.min(policy.lockSeconds, REHEARSAL_LOCK_SECONDS);
  const locks = [requestLock('rehearsal'), subjectLock(subject)];
  const options = { ...policy, writes: true, lockSeconds, locks, awaitsWriters: true } as const;
  const run = async (transaction: PortalTransaction) => {
    const [refusals, untried]: [GdprError[], string[]] = [[], []];
    transaction.rehearsal = { refusals, untried, most };
    // with a token for each spelling: where two collide, a run is made again so
    const work = { mapping, policy, requestId: randomUUID(), subject, token, isEach: true, mayStart };
    const { judge, tables, outcome, began } = await change(transaction, work);
    const isDenied = refusals.some((each) => each instanceof PortalDatabaseError && each.code === '42501');
    const mapped = tables.filter(({ isMapped }) => isMapped).map(({ name }) => name);
    const rights = isDenied ? await rightsLacking(transaction, mapped) : [];
    await transaction.close(); // takes everything back
    const { rowsByTable, writtenByTriggers } = outcome;
    return {
      rowsByTable,
      ...(writtenByTriggers && { writtenByTriggers }),
      refusals: [
        ...new Set(refusals.map(({ message }) => message)),
        ...(rights.length > 0 ? [judge.withoutName(`For all that triggers do: ${rights.join('; ')}`)] : []),
      ],
      notTried: [
        ...untried.map((table) => judge.withoutName(`${table} from row ${most} on`)),
        ...(isWhole(transaction) ? [] : ['search for what is left, and rows of others']),
        'the commit, the clean-up, and the search by another role',
      ],
      lockedSeconds: Math.round((performance.now() - began) / 100) / 10,
    };
  };
  return withTransaction(source, options, run, signal);
}

/** Nothing was left out, so that nothing of the person may be left. */
const isWhole = ({ rehearsal }: PortalTransaction): boolean =>
  !rehearsal || rehearsal.refusals.length + rehearsal.untried.length === 0;

/** Two spellings of the name became equal where they must differ (unique or excluded): each needs a token of its own. */
const isCollision = (error: unknown): boolean =>
  error instanceof PortalKeysMergeError ||
  (error instanceof PortalDatabaseError && ['23505', '23P01'].includes(error.code));

interface Work extends Pick<Rehearsed, 'subject' | 'token'> {
  readonly mapping: PortalMapping;
  readonly policy: AnonymizerPolicy;
  readonly requestId: string;
  /** Each spelling gets a token of its own. */
  readonly isEach: boolean;
  readonly mayStart: Rehearsed['mayStart'] | undefined;
}

/** Everything before the commit: search, ledger row, rewrite, refresh, search, controls. */
async function change(transaction: PortalTransaction, work: Work) {
  const { mapping, policy, requestId, subject, mayStart } = work;
  const search = await searchFor(transaction, mapping, subject, policy.mentions?.default);
  const { tables } = search;
  transaction.shown = (place) => search.judge.withoutName(place);
  if (mayStart) mayStart(await findingsIn(transaction, tables, search.judge));
  const began = performance.now();
  const judge = search.judge.with(await runTokens(transaction, tables, work.token, work.isEach));
  const ledger = qualified(mapping.ledger);
  await transaction.attempt('open transactions', async () => {
    if (transaction.open.length > 0) throw new OpenTransactionsError(transaction.open);
  });
  const insert = `INSERT INTO ${ledger} (request_id) VALUES ($1::text::uuid)`;
  await transaction.attempt(mapping.ledger, () => transaction.query(insert, [requestId]));
  await transaction.attempt('the catalog', async () => {
    const places = policy.unreachable === 'refuse' ? await placesOutOfReach(transaction, judge) : [];
    if (places.length > 0) throw new NameOutOfReachError(places);
  });
  const controls = new Controls(transaction, policy.controls);
  const rewritten = await rewriteMapped({ transaction, judge, controls }, search, mapping);
  let counts: CountsByPlace = new Map();
  if (isWhole(transaction))
    await transaction.attempt('the rows of others', async () => {
      counts = await countAll(transaction, tables, judge);
      const { residue, places } = residueIn(counts, tables);
      const left = places.map((place) => place + triggersAt(search.catalog, place, 'perhaps kept'));
      if (residue > 0) throw new ResidueFoundError(residue, left);
      await controls.check();
    });
  const outcome: AnonymizationOutcome = {
    ...rewritten,
    scanned: searchedIn(tables),
    controls: policy.controls,
    mentions: countsOf(judge, placesWith(counts, 'mentions')),
    lookalikes: countsOf(judge, placesWith(counts, 'lookalikes')),
  };
  const update = `UPDATE ${ledger} SET outcome = $2::text::jsonb WHERE request_id = $1::text::uuid`;
  await transaction.attempt(mapping.ledger, () => transaction.query(update, [requestId, JSON.stringify(outcome)]));
  return { judge, tables, outcome, began };
}

/** Counts by place, which may be a table that bears the name. */
const countsOf = (judge: PersonJudge, places: readonly { readonly place: string; readonly count: number }[]) =>
  Object.fromEntries(places.map(({ place, count }) => [judge.withoutName(place), count]));

const BATCH_TOKENS = 2000;

/** Tokens of a run. They fit each column, and none of a form of the mapping is stored already. */
async function runTokens(
  transaction: PortalTransaction,
  tables: readonly JudgedTable[],
  token: string,
  isEach: boolean,
): Promise<Tokens> {
  const taken = new Set<string>();
  for (const { name, from, columns } of tables) {
    for (const { column, token: form } of columns) {
      if (form === undefined || !isDrawn(form)) continue;
      const select = `SELECT DISTINCT lower(found[1])
        FROM ${from} t, regexp_matches(t.${escapeIdentifier(column)}::text COLLATE "C", $1::text, 'gi') AS found`;
      const batches = transaction.stream(select, [`(${patternOf(form)})`], BATCH_TOKENS, name);
      for await (const rows of batches) for (const [text] of rows) taken.add(text!);
    }
  }
  return new Tokens(sharedToken(tables, token), taken, isEach);
}
