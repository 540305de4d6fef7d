import type { AuditEntry } from '../audit/entry.ts';
import { eventOf } from '../outside-events.ts';

/** The one partition of the index of what is to be told outside. */
export const DUE = 'DUE';

/** Marks the item of a Request when an entry of its audit trail is to be told outside; belongs in the write of the entry. */
export const untoldFacts = (entry: AuditEntry): Record<string, unknown> =>
  eventOf(entry) ? { outbox: DUE, outboxDue: entry.at, untoldSeq: entry.seq } : {};

/** The rest of an item, without what the outbox keeps on it. */
export function withoutOutbox(item: Record<string, unknown>): Record<string, unknown> {
  const { outbox: _outbox, outboxDue: _due, untoldSeq: _untold, toldSeq: _told, ...facts } = item;
  return facts;
}
