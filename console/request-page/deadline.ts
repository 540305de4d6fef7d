import type { CaseDeadline as Deadline } from '../../client/shapes.ts';
import type { RequestView } from '../../client/types.ts';
import { daysLeftText, timeText } from '../times.ts';
import { rests } from './request-actions.ts';
import { hasEnded } from './request-states.ts';

/** Why a term rests, in words. */
export const PAUSES = {
  identity: 'the person was asked who they are',
  scope: 'the person was asked what they mean',
} as const satisfies Record<Deadline['pauses'][number]['reason'], string>;

/** Why a term is longer, in words. */
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
