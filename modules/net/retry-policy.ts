/** So often is one question sent at most, the first time included. */
export const MAX_TRIES = 3;

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 10_000;
/** Longer rests are waited for by the state machine, where waiting costs nothing. */
const MAX_REST_MS = 30_000;

/**
 * How long to wait before the next try: a draw between nothing and a span that doubles with each try, so that many who
 * failed together do not come back together; after the rest that the Engine asked for.
 * @param tries how often it was tried, from 1
 * @param restMs what `Retry-After` says
 * @param random from 0 (included) to 1
 * @returns milliseconds; `undefined` when it should not be tried again
 */
export function pauseBeforeTry(tries: number, restMs: number | undefined, random: () => number): number | undefined {
  if (tries >= MAX_TRIES || (restMs ?? 0) > MAX_REST_MS) return undefined;
  const span = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
  return (restMs ?? 0) + Math.floor(random() * span);
}

/**
 * Reads a `Retry-After` header: seconds, or a date.
 * @returns milliseconds from now on; `undefined` when it is absent or says nothing readable
 * Source: RFC 9110 section 10.2.3.
 */
export function readRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
