import { OvertakenError } from './errors.ts';
import type { Leases } from './leases.ts';

/**
 * Leases an Engine, which one worker at a time queries (docs/decisions/0005), and renews the lease until `end`. @param holder nothing
 * personal @param turn takes its turn; without it, takes what nobody holds @returns `waitSeconds` when another worker holds it
 */
export async function openSession(
  leases: Leases,
  engineId: string,
  holder: string,
  turn?: { readonly atLeast: number },
) {
  const answer = await leases.acquire(engineId, holder, turn);
  if ('waitSeconds' in answer) return answer;
  const { token, seconds } = answer;
  const lifeMs = seconds * 1000;
  const lost = new AbortController();
  let renewedAt = performance.now();
  const renew = async (): Promise<void> => {
    const sentAt = performance.now();
    const kept = await leases.renew(engineId, token).catch(() => 'unknown' as const);
    if (kept === true) renewedAt = sentAt;
    const ranOut = performance.now() - renewedAt >= lifeMs;
    if (kept === false || ranOut) lost.abort(new OvertakenError(engineId));
  };
  const heartbeat = setInterval(() => void renew(), lifeMs / 3);
  return {
    /** Grows with every lease of this Engine; it is committed with the results. */
    token,
    /** Aborts when the lease is lost: the worker must stop querying. */
    signal: lost.signal,
    /** Makes sure that the lease still holds. @throws {OvertakenError} it is lost */
    async confirm(): Promise<void> {
      await renew();
      if (lost.signal.aborted) throw new OvertakenError(engineId);
    },
    /** Releases the Engine. Never throws: a lease that could not be released expires. */
    async end(): Promise<void> {
      clearInterval(heartbeat);
      await leases.release(engineId, token, turn !== undefined).catch(() => {});
    },
  };
}
