import { createHash } from 'node:crypto';
import { canonicalJson } from '../../common/canonical-json.ts';
import { type RequestRecord, type RequestState, rowsChanged } from '../record.ts';
import { type AuditEntry, AuditEvent, type AuditFact } from './entry.ts';

const NOTHING_BEFORE = '0'.repeat(64);

/** SHA-256 of the canonical JSON (RFC 8785) of a value, hex. */
export const digestOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

export const nextEntry = (last: AuditEntry | undefined, facts: Omit<AuditEntry, 'seq' | 'before'>): AuditEntry => ({
  ...facts,
  seq: (last?.seq ?? 0) + 1,
  before: last ? digestOf(last) : NOTHING_BEFORE,
});

/** Entries that were changed, removed, inserted or moved, in words. Only a digest kept elsewhere shows that the end was cut off. */
export function chainFaults(requestId: string, entries: readonly AuditEntry[]): string[] {
  const faults: string[] = [];
  let before = NOTHING_BEFORE;
  for (const [index, entry] of entries.entries()) {
    if (entry.requestId !== requestId) faults.push(`entry ${index + 1} is of another request`);
    if (entry.seq !== index + 1) faults.push(`entry ${index + 1} has the number ${entry.seq}`);
    if (entry.before !== before) faults.push(`entry ${index + 1} does not follow the one before it`);
    before = digestOf(entry);
  }
  return faults;
}

/** Events that are not called like the state they lead to. */
const ENTERED: Readonly<Partial<Record<RequestState, AuditEvent>>> = {
  AWAITING_LOGIN: 'approved',
  QUEUED: 'login-given',
  RUNNING: 'started',
  VERIFYING: 'not-yet-verified',
  CANCELLING: 'cancel-asked',
};

const eventOf = (state: RequestState): AuditEvent | undefined =>
  ENTERED[state] ?? AuditEvent.safeParse(state.toLowerCase().replaceAll('_', '-')).data;

/** The audit event of a write to a Request, for all steps in one place. @param before absent for a new Request */
export function factOf(before: RequestRecord | undefined, after: RequestRecord): AuditFact | undefined {
  if (!before) return { what: 'requested', counts: { sources: after.sources.length } };
  if (after.state !== before.state) return stateFact(before, after);
  if (after.commitStartedAt !== before.commitStartedAt) return { what: 'commit-allowed' };
  if (after.receipt !== before.receipt) return receiptFact(before, after);
  if (after.archive && after.archive.archiveKey !== before.archive?.archiveKey)
    return { what: 'merged', counts: { bytes: after.archive.byteLength } };
  if (placesOf(after) !== placesOf(before)) {
    const count = (state: string) => after.removal!.engines.filter((place) => place.state === state).length;
    return { what: 'removal-checked', counts: { held: count('HELD'), unknown: count('UNKNOWN') } };
  }
  if (termOf(after) !== termOf(before)) return { what: 'deadline-changed' };
  if ((after.deadline.warned?.length ?? 0) > (before.deadline.warned?.length ?? 0)) return { what: 'deadline-warned' };
  if (after.handover && !before.handover) return { what: 'handed-over' };
  if (after.destroyedAt !== before.destroyedAt) return { what: 'archive-destroyed' };
  if (after.sweptAt !== before.sweptAt && after.archive && !after.destroyedAt) return { what: 'archive-expired' };
  return undefined;
}

function stateFact(before: RequestRecord, after: RequestRecord): AuditFact | undefined {
  // a start failed, and nobody asked to cancel: such a request must not run
  const isFailedStart = after.state === 'CANCELLING' && !after.cancelRequested;
  const isRerun = after.attempt > before.attempt && after.state !== 'VERIFYING';
  const what = isRerun ? 'rerun-asked' : eventOf(after.state);
  if (!what || isFailedStart) return undefined;
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
  if (receipt.residue !== before?.residue)
    return { what: 'verified', counts: { left: receipt.residue ?? 0, ...receipt.verified } };
  if (receipt.unmaintained !== before?.unmaintained)
    return { what: 'maintained', counts: { undone: receipt.unmaintained?.length ?? 0 } };
  const tables = Object.values(receipt.rowsByTable).filter((rows) => rows > 0).length;
  return { what: 'anonymized', counts: { rows: rowsChanged(receipt), tables } };
}

/** Where a device is, for comparison: a check that shows what the one before showed leaves no entry. */
const placesOf = ({ removal }: RequestRecord): string =>
  JSON.stringify(removal?.engines.map(({ name, state, open }) => [name, state, open]));

const termOf = ({ deadline: { pauses, extension } }: RequestRecord): string => JSON.stringify([pauses, extension]);
