import { RequestCancelledError } from './errors.ts';
import type { Requests } from './ports.ts';

/** How often a worker asks whether its Request was cancelled (design D3). */
const POLL_MS = 2_000;

/**
 * @param undo takes back what came after the clean-up of a cancelled Request; not called when the look itself fails
 * @throws {RequestCancelledError} the Request was cancelled
 */
export async function refuseCancelled(
  requestId: string,
  requests: Requests,
  undo: () => Promise<void> = async () => {},
): Promise<void> {
  if (!(await requests.get(requestId)).cancelRequested) return;
  await undo();
  throw new RequestCancelledError(requestId);
}

/**
 * Runs work under a signal that aborts when the Request is cancelled, or when `outer` does (design D11).
 * @throws {RequestCancelledError} whatever the work throws after a cancellation
 */
export async function underCancellation<T>(
  requestId: string,
  requests: Requests,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const cancellation = new AbortController();
  const look = () =>
    refuseCancelled(requestId, requests).catch((error) => {
      if (error instanceof RequestCancelledError) cancellation.abort(error); // else the next look tells
    });
  const timer = setInterval(look, POLL_MS);
  try {
    return await work(outer ? AbortSignal.any([outer, cancellation.signal]) : cancellation.signal);
  } catch (error) {
    throw cancellation.signal.aborted ? cancellation.signal.reason : error;
  } finally {
    clearInterval(timer);
  }
}
