import { createHash } from 'node:crypto';
import type { Subject } from '../../requests/subject.ts';
import { canonicalSubject } from '../../requests/subjects/subject-index.ts';
import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import { qualified } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import type { AnonymizationOutcome, PortalLedger } from '../ports.ts';

/** Number of an advisory lock: a hash. It reveals nothing that the database does not hold. */
const lockOf = (what: string): bigint => createHash('sha256').update(`gdpr ${what}`).digest().readBigInt64BE();

/** Held by the run of a Request until its connection ends. */
export const requestLock = (requestId: string): bigint => lockOf(`request ${requestId}`);

/** Held by a run about a Subject: runs about the same name run one after another. */
export const subjectLock = (subject: Subject): bigint => lockOf(`subject ${canonicalSubject(subject)}`);

/** The outcome of this Request's committed run; undefined when none has committed. */
export async function readOutcome(
  transaction: PortalTransaction,
  mapping: PortalMapping,
  requestId: string,
): Promise<AnonymizationOutcome | undefined> {
  const { rows } = await transaction.query(
    `SELECT outcome::text FROM ${qualified(mapping.ledger)} WHERE request_id = $1::text::uuid`,
    [requestId],
  );
  return rows[0] && (JSON.parse(rows[0][0]!) as AnonymizationOutcome);
}

/** The ledger, with a role that may only read. It waits for a running run of the Request. */
export const portalLedger = (source: PortalConnectionSource, mapping: PortalMapping): PortalLedger => ({
  outcomeOf: (requestId) =>
    withTransaction(source, { statementSeconds: 60, lockSeconds: 30, locks: [requestLock(requestId)] }, (transaction) =>
      readOutcome(transaction, mapping, requestId),
    ),
});
