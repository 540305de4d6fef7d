import type { RequestState } from '../../client/shapes.ts';

/** One state as the page tells it. `works`: something is under way; `waits`: a person has to act; else it has ended. */
interface StateWords {
  readonly text: string;
  readonly phase: 'waits' | 'works' | 'ended';
}

/** States of a Request in plain words. */
export const STATES: Readonly<Record<RequestState, StateWords>> = {
  AWAITING_APPROVAL: { text: 'Waits for another person to approve it', phase: 'waits' },
  AWAITING_LOGIN: { text: 'Waits for somebody to log in with a Nexthink account', phase: 'waits' },
  QUEUED: { text: 'Waiting to start', phase: 'works' },
  RUNNING: { text: 'At work', phase: 'works' },
  MERGING: { text: 'Writing the archive', phase: 'works' },
  CANCELLING: { text: 'Cancelling', phase: 'works' },
  COMPLETED: { text: 'Done', phase: 'ended' },
  COMPLETED_WITH_ERRORS: { text: 'Done, but something is missing', phase: 'ended' },
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

/** True when it has brought what was asked for, all or in part. */
export const isDone = (state: RequestState): boolean => state === 'COMPLETED' || state === 'COMPLETED_WITH_ERRORS';
