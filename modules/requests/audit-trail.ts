import { createHash } from 'node:crypto';
import { canonicalJson } from '../common/canonical-json.ts';
import type { RequestState } from './record.ts';

/** Who did something: an opaque id, never a name. `system`: one of the functions, by itself. */
export interface Actor {
  readonly id: string;
  readonly role: 'person' | 'machine' | 'system';
}

/** Everything that an audit trail tells of. */
export const AUDIT_EVENTS = [
  'requested',
  'approval-asked',
  'login-asked',
  'approved',
  'denied',
  'expired',
  'login-given',
  'started',
  'rerun-asked',
  'cancel-asked',
  'merging',
  'merged',
  'commit-allowed',
  'anonymized',
  'maintained',
  'verified',
  'completed',
  'completed-with-errors',
  'failed',
  'cancelled',
  'link-minted',
  'nonce-handed-out',
  'archive-destroyed',
  'archive-expired',
  'deadline-changed',
  'deadline-warned',
  'name-found',
  'name-came-back',
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** What happened, without a word about the Subject (R24). */
export interface AuditFact {
  readonly what: AuditEvent;
  /** Numbers of rows, bytes, sources and the like. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Name of the error of `modules/common/errors.ts` behind it. */
  readonly error?: string;
  /** SHA-256 of the certificate that was issued with it, over its canonical JSON, hex. */
  readonly certificate?: string;
}

/** One entry of the audit trail of a Request. */
export interface AuditEntry extends AuditFact {
  readonly requestId: string;
  /** From 1, without gaps. */
  readonly seq: number;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly by: Actor;
  /** State and attempt of the Request from then on. */
  readonly state: RequestState;
  readonly attempt: number;
  /** Digest of the entry before, hex; 64 zeros for the first. */
  readonly before: string;
}

/** Answer of `GET /v1/requests/{requestId}/events`. `next`: number to ask for `after`, when there is more. */
export interface EventsView {
  readonly requestId: string;
  readonly events: readonly AuditEntry[];
  readonly next?: number;
}

const NOTHING_BEFORE = '0'.repeat(64);

/** SHA-256 of the canonical JSON (RFC 8785) of a value, hex. */
export const digestOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

/** The entry that follows `last`. */
export const nextEntry = (last: AuditEntry | undefined, told: Omit<AuditEntry, 'seq' | 'before'>): AuditEntry => ({
  ...told,
  seq: (last?.seq ?? 0) + 1,
  before: last ? digestOf(last) : NOTHING_BEFORE,
});

/**
 * Looks for what was changed, taken out, put in or moved. What was cut off at the end shows only against a digest that
 * was kept elsewhere.
 * @param entries of one Request, in their order
 * @returns what is wrong, in words; empty when the chain holds
 */
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
