import { createHash } from 'node:crypto';
import type { Subject } from '../../requests/subject.ts';
import { canonicalSubject } from '../../requests/subjects/subject-index.ts';
import { openTransaction, type PortalConnectionSource } from '../database/connection.ts';
import { qualified } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { PortalDatabaseUnavailableError } from '../errors.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import type { AnonymizationOutcome, PortalLedger } from '../ports.ts';

const TRANSACTION = {
  begin: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  statementSeconds: 60,
  lockSeconds: 30,
} as const;

/** Polls of a transaction whose end nobody has told, and the wait between them. */
const STATUS_POLLS = 60;
const STATUS_WAIT = 'SELECT pg_sleep(0.5)::text';

/** A number for advisory locks, drawn from what it stands for; it tells nothing that the database does not hold. */
const lockOf = (what: string): bigint => createHash('sha256').update(`gdpr ${what}`).digest().readBigInt64BE();

/** Held by the run of a Request until its connection ends. */
export const requestLock = (requestId: string): bigint => lockOf(`request ${requestId}`);

/** Held by a run about a Subject: runs about the same name take turns, others do not wait. */
export const subjectLock = (subject: Subject): bigint => lockOf(`subject ${canonicalSubject(subject)}`);

/** What a committed run of this Request noted; undefined when none has committed. */
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

/** The ledger, read by who may only read. It waits for a run of the Request that still goes on. */
export const portalLedger = (source: PortalConnectionSource, mapping: PortalMapping): PortalLedger => ({
  async outcomeOf(requestId) {
    const transaction = await openTransaction(source, { ...TRANSACTION, locks: [requestLock(requestId)] });
    try {
      return await readOutcome(transaction, mapping, requestId);
    } finally {
      await transaction.close();
    }
  },
});

/**
 * Asks what became of a transaction whose COMMIT got no answer.
 * @param id its number, noted before the COMMIT
 * @throws {PortalDatabaseUnavailableError} it goes on, or the server cannot be reached
 */
export async function hasCommitted(source: PortalConnectionSource, id: string): Promise<boolean> {
  const transaction = await openTransaction(source, { ...TRANSACTION, begin: 'BEGIN ISOLATION LEVEL READ COMMITTED' });
  try {
    for (let poll = 0; poll < STATUS_POLLS; poll += 1) {
      const { rows } = await transaction.query('SELECT txid_status($1::bigint)', [id]);
      const status = rows[0]![0];
      if (status === 'committed' || status === 'aborted') return status === 'committed';
      await transaction.query(STATUS_WAIT);
    }
    throw new PortalDatabaseUnavailableError();
  } finally {
    await transaction.close();
  }
}
