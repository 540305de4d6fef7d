import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import { qualified } from '../database/sql.ts';
import { CommitUnknown, type PortalTransaction } from '../database/transaction.ts';
import { NameOutOfReachError, ResidueFoundError } from '../errors.ts';
import { accountColumns, type PortalMapping } from '../mapping/mapping.ts';
import { judgeOf, type NameJudge } from '../names/name-judge.ts';
import type { AnonymizationOutcome, PortalAnonymizer } from '../ports.ts';
import { placesOutOfReach, withoutName } from '../search/catalog-texts.ts';
import { findingsIn } from '../search/preview.ts';
import { residueInside } from '../search/residue.ts';
import type { PortalPolicy } from '../settings.ts';
import { Controls } from './bystander-check.ts';
import { hasCommitted, readOutcome, requestLock, subjectLock } from './ledger.ts';
import { rewriteMapped } from './rewrite-tables.ts';

/** Settings of a run. */
export type AnonymizerPolicy = Omit<PortalPolicy, 'vacuum' | 'ownArchives' | 'verifyDays'>;

/**
 * Rewrites the mapped columns in one transaction, with a role that may update only those columns (docs/decisions/0010).
 * For a request whose run has committed it changes nothing and returns the stored outcome.
 */
export const portalAnonymizer = (
  source: PortalConnectionSource,
  mapping: PortalMapping,
  policy: AnonymizerPolicy,
): PortalAnonymizer => ({
  async anonymize(requestId, subject, token, { mayStart, mayCommit }, signal) {
    const { lockSeconds, statementSeconds } = policy;
    const judge = judgeOf(subject);
    const locks = [requestLock(requestId), subjectLock(subject)];
    // when somebody else changes one of the rows meanwhile, this isolation ends the run, which is then tried again
    const options = { isolation: 'REPEATABLE READ', lockSeconds, statementSeconds, locks } as const;
    return withTransaction(source, options, async (transaction) => {
      const earlier = await readOutcome(transaction, mapping, requestId);
      if (earlier) return earlier;
      if (signal) transaction.endOnAbort(signal); // only now: a committed outcome is reported despite a cancellation (R16)
      if (mayStart) mayStart(await findingsIn(transaction, mapping, judge));
      const outcome = await change(transaction, { mapping, policy, requestId, judge, token });
      transaction.ignoreAbort();
      await mayCommit();
      await commit(transaction, source);
      return outcome;
    });
  },
});

interface Work {
  readonly mapping: PortalMapping;
  readonly policy: AnonymizerPolicy;
  readonly requestId: string;
  readonly judge: NameJudge;
  readonly token: string;
}

/** Everything before the commit: ledger row, rewrite, refresh, search, controls. */
async function change(transaction: PortalTransaction, work: Work): Promise<AnonymizationOutcome> {
  const { mapping, policy, requestId, judge } = work;
  const ledger = qualified(mapping.ledger);
  await transaction.query(`INSERT INTO ${ledger} (request_id) VALUES ($1::text::uuid)`, [requestId]);
  if (policy.unreachable === 'refuse') {
    const places = await placesOutOfReach(transaction, judge);
    if (places.length > 0) throw new NameOutOfReachError(places);
  }
  const controls = new Controls(transaction, policy.controls);
  const { rowsByTable } = await rewriteMapped(transaction, mapping, work, controls);
  const { tables, columns, cells } = await residueInside(transaction, judge, accountColumns(mapping.accounts));
  const places = Object.keys(cells).map((place) => withoutName(place, judge));
  const residue = Object.values(cells).reduce((sum, count) => sum + count, 0);
  if (residue > 0) throw new ResidueFoundError(residue, places);
  await controls.check();
  const outcome: AnonymizationOutcome = { rowsByTable, scanned: { tables, columns }, controls: policy.controls };
  await transaction.query(`UPDATE ${ledger} SET outcome = $2::text::jsonb WHERE request_id = $1::text::uuid`, [
    requestId,
    JSON.stringify(outcome),
  ]);
  return outcome;
}

/** Commits. When the answer is lost, it queries the state of the transaction, so that the result is certain. */
async function commit(transaction: PortalTransaction, source: PortalConnectionSource): Promise<void> {
  try {
    await transaction.commit();
  } catch (error) {
    if (!(error instanceof CommitUnknown)) throw error;
    if (!(await hasCommitted(source, error.id))) throw error.cause;
  }
}
