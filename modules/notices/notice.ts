import { type AuditEntry, eventOf, type OutboxEvent } from '../requests/audit/entry.ts';
import { type Deadline, daysLeft } from '../requests/deadline.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { SourceProgress, SourceState } from '../requests/source.ts';

/** An event of one Request, or of a ticket that started none, to be reported outside. It holds no personal data (R24). */
export interface Notice {
  /** The same in every try, so that a receiver can recognise a duplicate: `<requestId>:<event>-<number in the audit trail>`. */
  readonly noticeId: string;
  readonly event: OutboxEvent;
  /** When it happened. ISO 8601 UTC, like all times. */
  readonly at: string;
  /** The Request, as it was then; absent for a ticket that started none. */
  readonly about?: Pick<RequestRecord, 'requestId' | 'kind' | 'state' | 'attempt'> &
    Pick<Deadline, 'dueAt'> & { readonly daysLeft?: number };
  /** Why it was refused or failed: a code, never free text. */
  readonly reason?: string;
  /** Sources that are missing from the archive, wholly or in part. */
  readonly missing?: readonly { readonly name: string; readonly state: SourceState }[];
}

/** The notice of an entry of the audit trail; nothing for one that is not reported outside. @param progress tells what is missing */
export function noticeOf(
  entry: AuditEntry,
  { kind, deadline, denialReason }: RequestRecord,
  progress: readonly SourceProgress[],
): Notice | undefined {
  const event = eventOf(entry);
  if (!event || kind === 'rehearse') return undefined; // nothing becomes of it outside
  const { requestId, state, attempt, seq, at } = entry;
  const left = event === 'deadline-warning' && { daysLeft: daysLeft(deadline, new Date(at)) };
  const reason = event === 'refused' ? denialReason : entry.error;
  return {
    noticeId: `${requestId}:${event}-${seq}`,
    event,
    at,
    about: { requestId, kind, state, attempt, dueAt: deadline.dueAt, ...left },
    ...(reason !== undefined && { reason }),
    ...(event === 'done-with-errors' && { missing: missingOf(progress) }),
  };
}

/** A ticket started no Request. @param occurrence one refusal of it, no other: letters, digits, hyphens @param reason a code */
export const refusedTicketNotice = (
  { connectionId, key }: { readonly connectionId: string; readonly key: string },
  occurrence: string,
  reason: string,
  at: string,
): Notice => ({ noticeId: `${connectionId}/${key}:refused-${occurrence}`, event: 'refused', at, reason });

const missingOf = (progress: readonly SourceProgress[]): NonNullable<Notice['missing']> =>
  progress
    .filter(({ state, gaps = 0 }) => gaps > 0 || (state !== 'DONE' && state !== 'EMPTY'))
    .map(({ name, state }) => ({ name, state }));

/** Part of each comment. A second try looks for it before it posts again. */
export const markerOf = ({ noticeId }: Pick<Notice, 'noticeId'>): string => `[gdpr:${noticeId}]`;
