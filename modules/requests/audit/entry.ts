import * as z from 'zod';
import { Instant, type ReadonlyDeep, Sha256 } from '../../common/shapes.ts';
import { RequestState } from '../record.ts';

/** The actor. `system`: a function without a caller. */
const Actor = z.strictObject({ id: z.string(), role: z.enum(['person', 'machine', 'system']) });
export type Actor = ReadonlyDeep<z.infer<typeof Actor>>;

export const AuditEvent = z.enum([
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
  'not-yet-verified',
  'verified',
  'completed',
  'completed-with-errors',
  'nothing-found',
  'failed',
  'cancelled',
  'link-minted',
  'nonce-handed-out',
  'archive-destroyed',
  'archive-expired',
  'handed-over',
  'deadline-changed',
  'deadline-warned',
  'removal-checked',
  'name-found',
  'name-came-back',
]);
export type AuditEvent = z.infer<typeof AuditEvent>;

/** One entry of the audit trail of a Request. Nothing about the Subject is in it (R24). */
export const AuditEntry = z.strictObject({
  requestId: z.uuid(),
  seq: z.int().min(1).describe('From 1, without gaps'),
  at: Instant,
  by: Actor.describe('Who did it: an opaque id, never a name'),
  what: AuditEvent,
  counts: z.record(z.string(), z.number()).exactOptional().describe('Numbers of rows, bytes, sources and the like'),
  error: z.string().exactOptional().describe('Name of the error that caused it'),
  /** Over its canonical JSON. */
  certificate: Sha256.exactOptional().describe('SHA-256 of the certificate that was issued'),
  state: RequestState.describe('State of the request from then on'),
  attempt: z.int().min(1),
  before: Sha256.describe('SHA-256 of the canonical JSON of the previous entry; zeros for the first'),
});
export type AuditEntry = ReadonlyDeep<z.infer<typeof AuditEntry>>;

export type AuditFact = Pick<AuditEntry, 'what' | 'counts' | 'error' | 'certificate'>;

/** Answer of `GET /v1/requests/{requestId}/events`. */
export const EventsView = z.strictObject({
  requestId: z.uuid(),
  events: z.array(AuditEntry),
  next: z.int().min(1).exactOptional().describe('`after` of the next page; absent at the end'),
});
export type EventsView = ReadonlyDeep<z.infer<typeof EventsView>>;

/** Events that are reported to ticket systems, webhooks and the event bus. */
export const OUTBOX_EVENTS = [
  'accepted',
  'needs-approval',
  'needs-login',
  'done',
  'done-with-errors',
  'nothing-found',
  'failed',
  'cancelled',
  'refused',
  'expired',
  'deadline-warning',
  'name-came-back',
] as const;

export type OutboxEvent = (typeof OUTBOX_EVENTS)[number];

const EVENTS: Readonly<Partial<Record<AuditEntry['what'], OutboxEvent>>> = {
  requested: 'accepted',
  completed: 'done',
  'completed-with-errors': 'done-with-errors',
  'nothing-found': 'nothing-found',
  failed: 'failed',
  cancelled: 'cancelled',
  denied: 'refused',
  expired: 'expired',
  'deadline-warned': 'deadline-warning',
  'name-came-back': 'name-came-back',
};

/** The event to report for an audit entry; undefined for most entries. */
export function eventOf({ what, state }: Pick<AuditEntry, 'what' | 'state'>): OutboxEvent | undefined {
  if (what === 'requested' && state === 'AWAITING_APPROVAL') return 'needs-approval';
  if ((what === 'requested' || what === 'approved') && state === 'AWAITING_LOGIN') return 'needs-login';
  return EVENTS[what];
}
