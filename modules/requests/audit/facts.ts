import type { RequestRecord, RequestState } from '../record.ts';
import type { AuditEvent, AuditFact } from './entry.ts';
import { digestOf } from './trail.ts';

const ENTERED: Readonly<Partial<Record<RequestState, AuditEvent>>> = {
  AWAITING_LOGIN: 'approved',
  QUEUED: 'login-given',
  RUNNING: 'started',
  MERGING: 'merging',
  CANCELLING: 'cancel-asked',
  COMPLETED: 'completed',
  COMPLETED_WITH_ERRORS: 'completed-with-errors',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  DENIED: 'denied',
  EXPIRED: 'expired',
};

/**
 * What a write to a Request tells the audit trail: one place for all steps.
 * @param before absent for a new Request
 * @returns nothing when the write changes nothing that is worth telling
 */
export function factOf(before: RequestRecord | undefined, after: RequestRecord): AuditFact | undefined {
  if (!before) return { what: 'requested', counts: { sources: after.sources.length } };
  if (after.state !== before.state) return stateFact(before, after);
  if (after.commitStartedAt !== before.commitStartedAt) return { what: 'commit-allowed' };
  if (after.receipt !== before.receipt) return receiptFact(before, after);
  if (after.archive && after.archive.archiveKey !== before.archive?.archiveKey) {
    return { what: 'merged', counts: { bytes: after.archive.byteLength } };
  }
  if (termOf(after) !== termOf(before)) return { what: 'deadline-changed' };
  if ((after.deadline.warned?.length ?? 0) > (before.deadline.warned?.length ?? 0)) return { what: 'deadline-warned' };
  if (after.destroyedAt !== before.destroyedAt) return { what: 'archive-destroyed' };
  if (after.sweptAt !== before.sweptAt && after.archive && !after.destroyedAt) return { what: 'archive-expired' };
  return undefined;
}

function stateFact(before: RequestRecord, after: RequestRecord): AuditFact | undefined {
  const isUnasked = after.state === 'CANCELLING' && !after.cancelRequested; // a start that failed is kept from beginning
  const what = after.attempt > before.attempt ? 'rerun-asked' : ENTERED[after.state];
  if (!what || isUnasked) return undefined;
  const { counts, failure, certificate } = after;
  return {
    what,
    ...(counts && counts !== before.counts && { counts }),
    ...(failure !== undefined && { error: failure }),
    ...(certificate && { certificate: digestOf(certificate) }),
  };
}

function receiptFact({ receipt: before }: RequestRecord, { receipt }: RequestRecord): AuditFact | undefined {
  if (!receipt) return undefined;
  if (receipt.residue !== before?.residue) {
    return { what: 'verified', counts: { left: receipt.residue ?? 0, ...receipt.verified } };
  }
  if (receipt.unmaintained !== before?.unmaintained) {
    return { what: 'maintained', counts: { undone: receipt.unmaintained?.length ?? 0 } };
  }
  const changed = Object.values(receipt.rowsByTable).filter((rows) => rows > 0);
  const rows = changed.reduce((sum, each) => sum + each, 0);
  return { what: 'anonymized', counts: { rows, tables: changed.length } };
}

/** What moves the end of a term, for comparison. */
const termOf = ({ deadline: { pauses, extension } }: RequestRecord): string => JSON.stringify([pauses, extension]);
