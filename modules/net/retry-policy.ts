export const MAX_FAILURES = 5;

/** Stops the queries to an Engine that keeps failing, for one invocation. */
export class CircuitBreaker {
  #failures = 0;

  get isOpen(): boolean {
    return this.#failures >= MAX_FAILURES;
  }

  failed(): void {
    this.#failures += 1;
  }

  succeeded(): void {
    this.#failures = 0;
  }
}

/** Maximum tries of one query, the first one included. */
export const MAX_TRIES = 3;

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 10_000;
/** For a longer `Retry-After` the state machine waits: there, waiting costs nothing. */
const MAX_RETRY_AFTER_MS = 30_000;

/**
 * How long to wait before the next try: the `Retry-After` time plus a random one, whose maximum doubles with each try. Callers that
 * failed together do not retry together. @param tries so far, from 1 @returns milliseconds; `undefined`: there must be no further try
 */
export function pauseBeforeTry(tries: number, retryAfterMs = 0, random: () => number): number | undefined {
  if (tries >= MAX_TRIES || retryAfterMs > MAX_RETRY_AFTER_MS) return undefined;
  const span = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
  return retryAfterMs + Math.floor(random() * span);
}

/** Milliseconds of a `Retry-After` header, which has seconds or a date; `undefined` for any other. Source: RFC 9110, 10.2.3. */
export function readRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
