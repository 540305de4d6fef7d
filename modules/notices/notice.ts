import { type AuditEntry, eventOf, type OutboxEvent } from '../requests/audit/entry.ts';
import { daysLeft } from '../requests/deadline.ts';
import type { Deadline } from '../requests/deadline-facts.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { SourceProgress, SourceState } from '../requests/source.ts';
import { isAnswered } from '../requests/state-machine.ts';
import type { CommentParts } from '../ticket-systems/ticket.ts';

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

const MAX_MISSING = 20;

/** The text of a comment, by event. No text names a person. */
const WORDS: Readonly<Record<OutboxEvent, (notice: Notice) => string>> = {
  accepted: ({ about }) =>
    about?.kind === 'remove'
      ? 'The removal of the device was accepted. An operator removes it by hand; this ticket is told when it is gone.'
      : 'The GDPR request was accepted and is being worked on.',
  'needs-approval': () => 'The GDPR request was accepted. It waits for the approval of a second person.',
  'needs-login': () => 'The GDPR request was accepted. It waits for an operator to log in with a Nexthink account.',
  done: ({ about }) =>
    about?.kind === 'remove'
      ? 'The removal is done: every Engine was asked, and none shows the device any more to an account that sees every device.'
      : about?.kind === 'anonymize'
        ? 'The GDPR request is done: the name is anonymized in the Portal, and a certificate is issued.'
        : 'The GDPR request is done: the archive can be downloaded.',
  'done-with-errors': ({ missing = [], about }) =>
    about?.kind === 'anonymize'
      ? 'The GDPR request is done, but the name has come back into the Portal meanwhile: anonymize it again.'
      : `The GDPR request is done, but the archive is incomplete. Missing: ${listed(missing)}. They can be queried again.`,
  'nothing-found': ({ about }) =>
    'The GDPR request is done: nothing was found under that name. Check how the name is written; ' +
    (about?.kind === 'retrieve' ? 'the archive says the same.' : 'nothing was changed.'),
  failed: ({ reason }) => `The GDPR request has failed${code(reason)}.`,
  cancelled: () => 'The GDPR request was cancelled.',
  refused: ({ reason, about }) =>
    about
      ? `The GDPR request was denied${code(reason)}.`
      : `No GDPR request was started from this ticket${code(reason)}.`,
  expired: ({ about }) =>
    about?.kind === 'remove'
      ? 'The removal of the device has expired: an Engine still showed it, could not be asked, or was asked by an account with a restricted view.'
      : 'The GDPR request has expired: nobody approved it, or logged in for it, in time.',
  'deadline-warning': ({ about, at }) => {
    const day = about?.dueAt.slice(0, 10);
    const left = about?.daysLeft === undefined ? '' : ` (${about.daysLeft} days left)`;
    const when = about && about.dueAt < at ? `was ${day}` : `is ${day}${left}`;
    const what = about && isAnswered(about.state) ? 'no handover of its answer is recorded' : 'it is not done';
    return `The deadline of the GDPR request ${when}, and ${what}.`;
  },
  'name-came-back': () => 'The name that this GDPR request anonymized is in the Portal again.',
};

const code = (reason: string | undefined): string => (reason === undefined ? '' : ` (${reason})`);

function listed(missing: NonNullable<Notice['missing']>): string {
  const named = missing.slice(0, MAX_MISSING).map(({ name, state }) => `${name} (${state})`);
  const more = missing.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** The comment that reports a notice in a ticket. @param consoleUrl without it there is no link */
export function commentOf(notice: Notice, consoleUrl: string | undefined): CommentParts {
  const { about } = notice;
  const marker = `[gdpr:${notice.noticeId}]`; // a second try looks for it before it posts again
  const link = about && consoleUrl !== undefined ? `${consoleUrl}#/requests/${about.requestId}` : undefined;
  return { text: WORDS[notice.event](notice), ...(link !== undefined && { link }), marker };
}
