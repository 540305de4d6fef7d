import { setTimeout as wait } from 'node:timers/promises';
import type { RequestView } from '../client/types.ts';
import type { ApiClient, SeenView } from './api-client.ts';
import type { Connection } from './connection.ts';
import { ApiProblemError, ApiUnreachableError, InterruptedError } from './errors.ts';
import { ProgressDisplay } from './progress.ts';
import { EXIT_CODES } from './states.ts';

/** Delays before the next look, milliseconds: quick at first, as a small request ends in a second. The API itself waits for a change. */
const FIRST_DELAY = 300;
const MAX_DELAY = 2000;
const GROWTH = 1.2;
/** Maximum failed looks in a row: a request outlives a short failure of the network. */
const MAX_FAILURES = 5;
/** How long to wait for the end of a cancelled request, milliseconds. */
const CANCEL_TIMEOUT = 30_000;

/** A followed request; `interrupted` when Ctrl-C asked to cancel it. */
interface Followed {
  readonly view: RequestView;
  readonly interrupted: boolean;
}

/**
 * Starts a request and follows it to its end, or until it waits for a person, with progress on a terminal. An interrupt
 * cancels it at the API (R7) and then waits for the outcome: an anonymization that had committed is done (R16).
 */
export async function followRequest({ api, signal }: Connection, start: () => Promise<RequestView>): Promise<Followed> {
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
    if (EXIT_CODES[seen.view.state] !== undefined) return seen.view;
    await wait(delay, undefined, { signal }).catch(() => {
      throw new InterruptedError();
    });
    try {
      seen = await api.nextView(seen, signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!isPassing(error) || failures >= MAX_FAILURES) throw error;
    }
  }
}

async function cancelAndFollow(api: ApiClient, started: RequestView): Promise<RequestView> {
  process.stderr.write(`Cancelling request ${started.requestId}\n`);
  const path = { requestId: started.requestId };
  const timeout = AbortSignal.timeout(CANCEL_TIMEOUT);
  try {
    await api.call('cancelRequest', { path }, timeout);
  } catch (error) {
    if (!(error instanceof ApiProblemError && error.problem.status === 409)) throw error;
  }
  const last = await api.call('getRequest', { path }, timeout);
  return follow(api, last, timeout).catch((error: unknown) => {
    if (error instanceof InterruptedError) return last;
    throw error;
  });
}

const isPassing = (error: unknown): boolean =>
  error instanceof ApiUnreachableError || (error instanceof ApiProblemError && error.retryable);
