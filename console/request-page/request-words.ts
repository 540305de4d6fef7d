import type { Calls } from '../../client/calls.ts';
import type { RequestView } from '../../client/types.ts';

/** Why a request is turned down, in words. */
export const DENIALS = {
  'identity-not-verified': 'It is not certain who asked',
  'not-entitled': 'Who asked may not have this',
  duplicate: 'It was asked for before',
  'manifestly-unfounded': 'It is manifestly unfounded',
  withdrawn: 'It was withdrawn',
  other: 'Another reason',
} as const satisfies Record<Calls['denyRequest']['body']['reasonCode'], string>;

/** `The retrieval of data of a user`; never whom it is about. */
export const describeWork = ({ kind, subjectKind }: Pick<RequestView, 'kind' | 'subjectKind'>): string =>
  kind === 'retrieve' ? `The retrieval of data of a ${subjectKind}` : `The anonymization of a ${subjectKind}`;

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
      : 'Who asked was shown the rows and tables that change, and got a plan hash: ask for both, and approve that plan alone.',
  ];
}
