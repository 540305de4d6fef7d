import type { AuditEntry } from './audit/entry.ts';

/** What a ticketing system, a webhook or the event bus is told of. */
export const OUTBOX_EVENTS = [
  'accepted',
  'needs-approval',
  'needs-login',
  'done',
  'done-with-errors',
  'failed',
  'cancelled',
  'refused',
  'expired',
  'deadline-warning',
  'name-came-back',
] as const;

export type OutboxEvent = (typeof OUTBOX_EVENTS)[number];

const TOLD: Readonly<Partial<Record<AuditEntry['what'], OutboxEvent>>> = {
  requested: 'accepted',
  completed: 'done',
  'completed-with-errors': 'done-with-errors',
  failed: 'failed',
  cancelled: 'cancelled',
  denied: 'refused',
  expired: 'expired',
  'deadline-warned': 'deadline-warning',
  'name-came-back': 'name-came-back',
};

/** What an entry of the audit trail tells the world outside; nothing of most. */
export function eventOf({ what, state }: Pick<AuditEntry, 'what' | 'state'>): OutboxEvent | undefined {
  if (what === 'requested' && state === 'AWAITING_APPROVAL') return 'needs-approval';
  if ((what === 'requested' || what === 'approved') && state === 'AWAITING_LOGIN') return 'needs-login';
  return TOLD[what];
}
