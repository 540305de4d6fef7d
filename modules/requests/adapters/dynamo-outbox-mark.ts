import type { AuditEntry } from '../audit/entry.ts';
import { eventOf } from '../outside-events.ts';

/** The only partition of the index `outbox`. */
export const DUE = 'DUE';

/** Marks a Request whose new audit entry is to be reported outside. Belongs in the write of that entry. */
export const outboxMark = (entry: AuditEntry): Record<string, unknown> =>
  eventOf(entry) ? { outbox: DUE, outboxDue: entry.at, untoldSeq: entry.seq } : {};

/** An item without the attributes of the outbox. */
export function withoutOutbox(item: Record<string, unknown>): Record<string, unknown> {
  const { outbox: _outbox, outboxDue: _due, untoldSeq: _untold, toldSeq: _told, ...facts } = item;
  return facts;
}
