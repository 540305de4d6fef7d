import type { AuditEntry } from './audit/entry.ts';

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
