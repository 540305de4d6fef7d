import type { RequestState, RequestView } from '../core/model.ts';
import { type Api, ProblemError, type SeenView } from './api.ts';

/** States in which there is still something to wait for, as the dialog words them. */
export const WAITING: Partial<Record<RequestState, string>> = {
  QUEUED: 'Waiting to start',
  RUNNING: 'At work',
  MERGING: 'Writing the archive',
  CANCELLING: 'Cancelling',
};

/** How much is done, in steps of ten, since a live region speaks on each change. */
export const shareWords = ({ state, estimate }: RequestView): string =>
  state === 'RUNNING' && estimate ? `, ${Math.floor(estimate.share * 10) * 10} % done` : '';

/** Delays before the next look at the Request, milliseconds; the API itself waits for a change. */
const FIRST_DELAY = 300;
const LONGEST_DELAY = 2000;
const GROWTH = 1.2;

/**
 * Looks at a Request again and again until it has ended.
 * @param show called with each view; false ends the watch early
 * @returns the last view
 * @throws {ProblemError} the API refuses to show it
 */
export async function follow(
  api: Api,
  started: RequestView,
  show: (view: RequestView) => boolean,
): Promise<RequestView> {
  let seen: SeenView = { view: started };
  for (
    let delay = FIRST_DELAY;
    show(seen.view) && WAITING[seen.view.state];
    delay = Math.min(delay * GROWTH, LONGEST_DELAY)
  ) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    seen = await look(api, seen);
  }
  return seen.view;
}

/** The present state; while nothing answers, the last known one stands and the next look may do better. */
async function look(api: Api, seen: SeenView): Promise<SeenView> {
  try {
    return await api.nextView(seen);
  } catch (error) {
    if (error instanceof ProblemError && (error.problem.status === 0 || error.problem.status >= 500)) return seen;
    throw error;
  }
}
