import { createHash } from 'node:crypto';
import type { Attempt } from '../requests/state-machine.ts';
import { OvertakenError } from './errors.ts';

/** A right to query an Engine, for `seconds` from now unless renewed. `token` grows with every lease of that Engine. */
export type Lease = { readonly token: number; readonly seconds: number };

export const holderOf = ({ requestId, attempt }: Attempt): string => `${requestId}/${attempt}`;

/** Leases of Engines: one worker at a time queries an Engine, across all Requests (docs/decisions/0005). */
export interface Leases {
  /**
   * @param turn takes its turn in order of arrival, and keeps its place while it waits, at least `atLeast` seconds. Without it, for a
   *   small query, it takes the Engine when nobody holds it. @returns seconds to wait when another worker holds it, or comes first
   */
  acquire(
    engineId: string,
    holder: string,
    turn?: { readonly atLeast: number },
  ): Promise<Lease | { readonly waitSeconds: number }>;
  /** Gives up the place of a holder that will not come back. Harmless when it has none. */
  leave(engineId: string, holder: string): Promise<void>;
  /** @returns false when the lease is gone: released, or expired and taken by another worker */
  renew(engineId: string, token: number): Promise<boolean>;
  /** Harmless when the lease is gone. @param isTurn its time tells others how long turns take */
  release(engineId: string, token: number, isTurn?: boolean): Promise<void>;
}

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

/** Maximum pause between two looks at a busy Engine, seconds. An idle Engine may wait as long for the one whose turn it is. */
export const MAX_WAIT_SECONDS = 600;

/** Minimum wait for a busy Engine after `pauses`: a history of Step Functions has a limited length (event-budget.test.ts). */
export const minWaitSeconds = (engines: number, pauses: number): number =>
  Math.min(MAX_WAIT_SECONDS, Math.ceil(engines * 0.4 * (1 + Math.max(0.1, engines / 200)) ** pauses));

/** The queue of an Engine, as a Request in it sees it. Seconds. */
interface QueueView {
  readonly ahead: number;
  /** How long the holder has had the Engine; undefined: nobody holds it. */
  readonly held?: number | undefined;
  /** How long the last turn took; undefined: not known. */
  readonly lastTurn?: number | undefined;
  /** When the first one that waits looks again, from now on. */
  readonly firstDue?: number;
}

/** Until it is probably one's turn. A turn takes as long as the last one; one that takes longer, twice its time so far. */
export function waitSecondsOf({ ahead, held, lastTurn = 0, firstDue = 0 }: QueueView, atLeast: number): number {
  const rest = held === undefined ? firstDue : held < lastTurn ? lastTurn - held : held;
  const seconds = Math.max(atLeast, rest) + ahead * (lastTurn + 1);
  return Math.min(MAX_WAIT_SECONDS, Math.max(1, Math.ceil(seconds)));
}

/** A Request's own order of its Engines, the same in each try: Requests that start together do not queue at the same ones. */
export function inOwnOrder(requestId: string, engineIds: readonly string[]): string[] {
  const places = new Map(
    engineIds.map((engineId) => [engineId, createHash('sha256').update(`${requestId}/${engineId}`).digest('hex')]),
  );
  return [...engineIds].sort((a, b) => (places.get(a)! < places.get(b)! ? -1 : 1));
}
