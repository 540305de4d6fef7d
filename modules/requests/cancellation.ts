import type { Clock } from '../common/ports.ts';
import { RequestCancelledError } from './errors.ts';
import { type Attempt, isFinal } from './state-machine.ts';
import type { Requests } from './store.ts';
import type { Vault } from './vault.ts';

/** Maximum time of an execution, and of its login (docs/decisions/0026). */
export const MAX_RUN_MS = 12 * 3_600_000;
/** A login expires this long after its run's last heartbeat. A worker is killed after 15 minutes. */
const MAX_SILENCE_MS = 20 * 60_000;

/** When the login of a run expires after a heartbeat now: `until` without another heartbeat, `latest` at most. */
export const loginExpiry = (now: Date): { readonly until: Date; readonly latest: Date } => ({
  until: new Date(now.getTime() + MAX_SILENCE_MS),
  latest: new Date(now.getTime() + MAX_RUN_MS),
});

/** A heartbeat of a run: prolongs its login, unless that has expired (docs/decisions/0026). */
export const keepLoginAlive = (
  requestId: string,
  { vault, clock }: { readonly vault: Vault; readonly clock: Clock },
): Promise<void> => vault.prolong(requestId, 'login', loginExpiry(clock.now()).until);

/** How often a worker checks whether its Request was cancelled (docs/decisions/0005). */
const POLL_MS = 2_000;

/** Ends the work of an attempt that was cancelled, or is over. @param undo removes what a cancelled Request has left */
export async function refuseCancelled(
  { requestId, attempt }: Attempt,
  requests: Requests,
  undo: () => Promise<void> = async () => {},
): Promise<void> {
  const present = await requests.get(requestId);
  const isOver = present.attempt !== attempt;
  if (!isOver && !present.cancelRequested && !isFinal(present.state)) return;
  if (!isOver && present.cancelRequested) await undo();
  throw new RequestCancelledError(requestId);
}

/** Runs work under a signal that aborts when the attempt is cancelled or over, or when `outer` does (docs/decisions/0025). */
export async function underCancellation<T>(
  of: Attempt,
  requests: Requests,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const cancellation = new AbortController();
  const look = () =>
    refuseCancelled(of, requests).catch((error) => {
      if (error instanceof RequestCancelledError) cancellation.abort(error); // after another error, the next check decides
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
