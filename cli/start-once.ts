import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isEndUnknown } from '../client/unknown-end.ts';
import { ApiProblemError, ApiUnreachableError } from './errors.ts';

/** Maximum tries of a start. */
const MAX_TRIES = 4;
/** Pause before the next try when the API names none, milliseconds. */
const PAUSE = 500;

/**
 * Starts work under one key: when the answer is lost, the call is repeated and starts nothing twice.
 * @param send one try with the header `Idempotency-Key`
 */
export async function startOnce<T>(send: (key: string) => Promise<T>): Promise<T> {
  const key = randomUUID();
  for (let left = MAX_TRIES - 1; ; left -= 1) {
    try {
      return await send(key);
    } catch (error) {
      if (left === 0 || !mayRepeat(error)) throw error;
      await wait(pauseAfter(error));
    }
  }
}

const mayRepeat = (error: unknown): boolean =>
  error instanceof ApiUnreachableError || (error instanceof ApiProblemError && isEndUnknown(error.problem));

const pauseAfter = (error: unknown): number => {
  const seconds = error instanceof ApiProblemError ? error.problem.retryAfter : undefined;
  return seconds === undefined ? PAUSE : seconds * 1000;
};
