import type { RequestState, RequestView } from '../core/model.ts';
import { type Api, ProblemError } from './api.ts';

/** States in which there is still something to wait for, as the dialog words them. */
export const WAITING: Partial<Record<RequestState, string>> = {
  QUEUED: 'Waiting to start',
  RUNNING: 'At work',
  MERGING: 'Writing the archive',
  CANCELLING: 'Cancelling',
};

/** Delays between looks at the Request, milliseconds. */
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
  let view = started;
  for (let delay = FIRST_DELAY; show(view) && WAITING[view.state]; delay = Math.min(delay * GROWTH, LONGEST_DELAY)) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    view = await look(api, view);
  }
  return view;
}

/** The present state; while nothing answers, the last known one stands and the next look may do better. */
async function look(api: Api, view: RequestView): Promise<RequestView> {
  try {
    return await api.getRequest(view.requestId);
  } catch (error) {
    if (error instanceof ProblemError && (error.problem.status === 0 || error.problem.status >= 500)) return view;
    throw error;
  }
}
