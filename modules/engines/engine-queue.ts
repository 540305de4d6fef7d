import { createHash } from 'node:crypto';

/** Maximum pause between two looks at a busy Engine, seconds. An idle Engine may wait as long for the one whose turn it is. */
export const MAX_WAIT_SECONDS = 600;

/** Minimum wait for a busy Engine after `pauses`: a history of Step Functions has a limited length (event-budget.test.ts). */
export const minWaitSeconds = (engines: number, pauses: number): number =>
  Math.min(MAX_WAIT_SECONDS, Math.ceil(engines * 0.4 * (1 + Math.max(0.1, engines / 200)) ** pauses));

/** The queue of an Engine, as a Request in it sees it. Seconds. */
interface QueueView {
  /** Number of Requests that came before. */
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
