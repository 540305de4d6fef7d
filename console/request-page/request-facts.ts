import type { Calls } from '../../client/calls.ts';
import type { CaseDeadline as Deadline, Duplicates, RequestState } from '../../client/shapes.ts';
import type { RequestView } from '../../client/types.ts';
import { daysLeftText, element, timeElement, timeText } from '../dom.ts';
import { sizeText } from '../work-dialog/progress-table.ts';

/** One state as the page tells it. `works`: something is under way; `waits`: a person has to act; else it has ended. */
interface StateWords {
  readonly text: string;
  readonly phase: 'waits' | 'works' | 'ended';
}

export const STATES: Readonly<Record<RequestState, StateWords>> = {
  AWAITING_APPROVAL: { text: 'Waits for another person to approve it', phase: 'waits' },
  AWAITING_LOGIN: { text: 'Waits for somebody to log in with a Nexthink account', phase: 'waits' },
  QUEUED: { text: 'Waiting to start', phase: 'works' },
  RUNNING: { text: 'At work', phase: 'works' },
  MERGING: { text: 'Writing the archive', phase: 'works' },
  VERIFYING: {
    text: 'Anonymized, or about to be, and not verified yet. The system tries again by itself',
    phase: 'works',
  },
  CANCELLING: { text: 'Cancelling', phase: 'works' },
  COMPLETED: { text: 'Done', phase: 'ended' },
  COMPLETED_WITH_ERRORS: { text: 'Done, but something is missing', phase: 'ended' },
  NOTHING_FOUND: { text: 'Done: nothing was found under that name', phase: 'ended' },
  FAILED: { text: 'Failed', phase: 'ended' },
  CANCELLED: { text: 'Cancelled. Nothing was kept', phase: 'ended' },
  DENIED: { text: 'Turned down', phase: 'ended' },
  EXPIRED: { text: 'Ended, since nobody acted in time', phase: 'ended' },
};

/** True while something is under way. */
export const isAtWork = (state: RequestState): boolean => STATES[state].phase === 'works';

/** True once nothing is to come any more by itself. */
export const hasEnded = (state: RequestState): boolean => STATES[state].phase === 'ended';

/** True while a person has to act. */
export const isWaiting = (state: RequestState): boolean => STATES[state].phase === 'waits';

/** True when it has brought what was asked for, all or in part, or has found nothing. */
export const isDone = (state: RequestState): boolean =>
  state === 'COMPLETED' || state === 'COMPLETED_WITH_ERRORS' || state === 'NOTHING_FOUND';

export const DENIALS = {
  'identity-not-verified': 'It is not certain who asked',
  'not-entitled': 'This person may not have this',
  duplicate: 'It was asked for before',
  'manifestly-unfounded': 'It is manifestly unfounded',
  withdrawn: 'It was withdrawn',
  other: 'Another reason',
} as const satisfies Record<Calls['denyRequest']['body']['reasonCode'], string>;

/** `The retrieval of data of a user`; never whom it is about. */
export const describeWork = ({ kind, subjectKind }: Pick<RequestView, 'kind' | 'subjectKind'>): string =>
  `${WORK[kind]} of a ${subjectKind}`;

const WORK: Readonly<Record<RequestView['kind'], string>> = {
  retrieve: 'The retrieval of data',
  anonymize: 'The anonymization',
  rehearse: 'The rehearsal of an anonymization',
};

/**
 * What an approval allows. How many rows that changes was shown to who asked, beside the name; the API keeps neither for
 * others, so they are for who asked to hand on.
 */
export function approvalLines(view: RequestView): string[] {
  if (view.kind === 'retrieve') {
    return [`${describeWork(view)} may then start, once somebody has logged in. Nothing is changed by it.`];
  }
  return [
    `The name of one ${view.subjectKind} is then replaced by a random one everywhere in the Portal database. Nobody can undo it.`,
    'It starts once somebody has logged in, and stops if the Portal then holds something else than was previewed.',
    view.planDigest === undefined
      ? 'It was asked for without a preview, so how many rows will change is not known.'
      : 'The requester was shown the rows and tables that change, and got a plan hash: ask for both, and approve that plan alone.',
  ];
}

export const rests = ({ deadline }: Pick<RequestView, 'deadline'>): boolean =>
  deadline.pauses.some(({ to }) => to === undefined);

export const PAUSES = {
  identity: 'the person was asked who they are',
  scope: 'the person was asked what they mean',
} as const satisfies Record<Deadline['pauses'][number]['reason'], string>;

export const EXTENSIONS = {
  complexity: 'the request is complex',
  'number-of-requests': 'there are many requests',
} as const satisfies Record<NonNullable<Deadline['extension']>['reason'], string>;

/** The legal term of a Request in sentences: the end first, then what moved it. */
export function deadlineLines(view: RequestView, now: Date): string[] {
  const { dueAt, deadline, state } = view;
  const { receivedAt, pauses, extension } = deadline;
  const present = pauses.find(({ to }) => to === undefined);
  const left = rests(view) ? ', if the term goes on today' : `: ${daysLeftText(dueAt, now)}`;
  return [
    hasEnded(state) ? `The answer was due by ${timeText(dueAt)}.` : `The answer is due by ${timeText(dueAt)}${left}.`,
    ...(present ? [`The term rests since ${timeText(present.from)}: ${PAUSES[present.reason]}.`] : []),
    `The person asked at ${timeText(receivedAt)}.`,
    ...pauses.flatMap(({ from, to, reason }) =>
      to ? [`The term rested from ${timeText(from)} to ${timeText(to)}: ${PAUSES[reason]}.`] : [],
    ),
    ...(extension
      ? [
          `It was extended by ${extension.months} ${extension.months === 1 ? 'month' : 'months'} at ${timeText(extension.at)}: ${EXTENSIONS[extension.reason]}.`,
        ]
      : []),
  ];
}

/** The address of the page of a Request: its id, and nothing else (R24). */
const addressOf = (requestId: string): string => `#request=${requestId}`;

/** A link to the page of a Request. @param text its id when not given */
export function requestLink(requestId: string, text: string = requestId): HTMLAnchorElement {
  const link = element('a', text);
  link.href = addressOf(requestId);
  return link;
}

/** What is known of a Request, as terms and descriptions; whom it is about is not among it. */
export function factNodes(view: RequestView, duplicates: Duplicates | undefined): Node[] {
  const { requestId, reference, ticket, followUpOf, attempt, createdAt, updatedAt } = view;
  const facts: readonly (readonly [string, string | Node | undefined])[] = [
    ['What', describeWork(view)],
    ['Sources', view.kind === 'retrieve' ? view.sources.map((source) => SOURCES[source]).join(', ') : undefined],
    ['Request', requestId],
    ['Reference', reference],
    ['Ticket', ticket && `${ticket.key} (${ticket.connectionId})`],
    ['Follows', followUpOf && requestLink(followUpOf)],
    ['Others about the same', duplicates && duplicateNode(duplicates)],
    ['Started', timeElement(createdAt)],
    ['Last change', timeElement(updatedAt)],
    ['Attempt', attempt > 1 ? String(attempt) : undefined],
    ['Approved', view.approvedAt && timeElement(view.approvedAt)],
    ['Turned down', view.denialReason && denialText(view.denialReason, view.deniedAt)],
    [
      'Account',
      view.accountPrivacy === 'full' ? undefined : 'Data privacy not verified: only the password was checked',
    ],
    ['Archive', archiveText(view)],
  ];
  return facts.flatMap(([term, fact]) => (fact ? [element('dt', term), element('dd', fact)] : []));
}

const SOURCES = { engine: 'Engine data', portal: 'Portal data' } as const;

const denialText = (reason: keyof typeof DENIALS, at: string | undefined): string =>
  [DENIALS[reason], at && timeText(at)].filter(Boolean).join(', ');

function archiveText({ archive, destroyedAt, sweptAt }: RequestView): string | undefined {
  if (destroyedAt) return `Deleted at ${timeText(destroyedAt)}`;
  if (!archive) return undefined;
  const size = `${archive.fileName ?? 'gdpr-data.tar.gz'}, ${sizeText(archive.byteLength)}`;
  return sweptAt ? `${size}, gone since its time was over` : `${size}, kept until ${timeText(archive.expiresAt)}`;
}

/** Other Requests about the same Subject: links to those that may be seen, and how many there are besides. */
function duplicateNode({ duplicates, otherDuplicates }: Duplicates): Node | undefined {
  if (duplicates.length + otherDuplicates === 0) return undefined;
  const others = otherDuplicates > 0 ? [`${otherDuplicates} that you may not see`] : [];
  const parts = [...duplicates.map((requestId) => requestLink(requestId)), ...others];
  return element(
    'span',
    parts.flatMap((part, index) => (index === 0 ? [part] : [', ', part])),
  );
}
