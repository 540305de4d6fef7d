import { setTimeout as wait } from 'node:timers/promises';
import type { StartRequestBody } from '../modules/requests/start-body.ts';
import { isFinal, isWaiting } from '../modules/requests/state-machine.ts';
import type { RequestView } from '../modules/requests/views/request-view.ts';
import type { ApiClient, SeenView } from './api-client.ts';
import { ApiProblemError, ApiUnreachableError, InterruptedError } from './errors.ts';
import { ProgressDisplay } from './progress.ts';

/** Delays before the next look, milliseconds: quick at first, as a small Request ends in a second. The API itself waits for a change. */
const FIRST_DELAY = 300;
const MAX_DELAY = 2000;
const GROWTH = 1.2;
/** A Request outlives a hiccup of the network: so many looks in a row may fail. */
const PATIENCE = 5;
/** How long a cancelled Request is waited for, milliseconds. */
const CANCEL_PATIENCE = 30_000;

/** A followed Request; `interrupted` when Ctrl-C asked to cancel it. */
export interface Followed {
  readonly view: RequestView;
  readonly interrupted: boolean;
}

/**
 * Starts a Request and follows it to its end, or until it waits for a person, with progress on a terminal. An interrupt cancels it at the API (R7) and
 * then waits for what became of it: after the point of no return the honest answer is "done" (R16).
 */
export const runRequest = (api: ApiClient, body: StartRequestBody, signal: AbortSignal): Promise<Followed> =>
  followRequest(api, () => api.startRequest(body), signal);

/** The same, however it is started. */
export async function followRequest(
  api: ApiClient,
  start: () => Promise<RequestView>,
  signal: AbortSignal,
): Promise<Followed> {
  if (signal.aborted) throw new InterruptedError();
  const started = await start();
  try {
    return { view: await follow(api, started, signal), interrupted: false };
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    return { view: await cancelAndFollow(api, started), interrupted: true };
  }
}

async function follow(api: ApiClient, started: RequestView, signal: AbortSignal): Promise<RequestView> {
  const display = new ProgressDisplay();
  let seen: SeenView = { view: started };
  let failures = 0;
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * GROWTH, MAX_DELAY)) {
    display.show(seen.view);
    if (isFinal(seen.view.state) || isWaiting(seen.view.state)) return seen.view;
    await wait(delay, undefined, { signal }).catch(() => {
      throw new InterruptedError();
    });
    try {
      seen = await api.nextView(seen, signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!isPassing(error) || failures >= PATIENCE) throw error;
    }
  }
}

async function cancelAndFollow(api: ApiClient, started: RequestView): Promise<RequestView> {
  process.stderr.write(`Cancelling request ${started.requestId}\n`);
  const patience = AbortSignal.timeout(CANCEL_PATIENCE);
  try {
    await api.cancelRequest(started.requestId, patience);
  } catch (error) {
    if (!(error instanceof ApiProblemError && error.problem.status === 409)) throw error;
  }
  const last = await api.getRequest(started.requestId, patience);
  return follow(api, last, patience).catch((error: unknown) => {
    if (error instanceof InterruptedError) return last;
    throw error;
  });
}

const isPassing = (error: unknown): boolean =>
  error instanceof ApiUnreachableError || (error instanceof ApiProblemError && error.retryable);
