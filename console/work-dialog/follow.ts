import type { RequestView } from '../../client/types.ts';
import { type Api, ProblemError, type SeenView } from '../api.ts';
import { isAtWork, STATES } from '../request-page/request-facts.ts';
import { isSettled } from './progress-table.ts';

/** How much is done, in steps of ten, since a live region speaks on each change. */
const shareWords = ({ state, estimate }: RequestView): string =>
  state === 'RUNNING' && estimate ? `, ${Math.floor(estimate.share * 10) * 10} % done` : '';

/** A Request in a few words: its state and, while it is at work, how far it is. @param state as who looks at it knows it */
export function summaryWords(view: RequestView, state = view.state): string {
  const { progress } = view;
  if (!isAtWork(state)) return STATES[state].text;
  const settled = progress.filter(isSettled).length;
  const count = progress.length > 0 ? `, ${settled} of ${progress.length} have answered` : '';
  return `${STATES[state].text}${count}${shareWords(view)}`;
}

/** Delays before the next look at the Request, milliseconds; the API itself waits for a change. */
const FIRST_DELAY = 300;
const MAX_DELAY = 2000;
const GROWTH = 1.2;

/**
 * Looks at a Request again and again as long as it is at work.
 * @param show called with each view; false ends the watch early
 * @param goesOn whether there is more to wait for
 * @returns the last view
 * @throws {ProblemError} the API refuses to show it
 */
export async function follow(
  api: Api,
  started: RequestView,
  show: (view: RequestView) => boolean,
  goesOn: (view: RequestView) => boolean = ({ state }) => isAtWork(state),
): Promise<RequestView> {
  let seen: SeenView = { view: started };
  for (let delay = FIRST_DELAY; show(seen.view) && goesOn(seen.view); delay = Math.min(delay * GROWTH, MAX_DELAY)) {
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
