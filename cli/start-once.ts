import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isEndUnknown } from '../client/unknown-end.ts';
import { ApiProblemError, ApiUnreachableError } from './errors.ts';

/** How often a start is sent at most, and the pause before a repeat, milliseconds, when the API names none. */
const TRIES = 4;
const PAUSE = 500;

/**
 * Starts work under one key, so that a start whose answer was lost can be repeated: it starts nothing twice.
 * @param send one try with the header `Idempotency-Key`
 */
export async function startOnce<T>(send: (key: string) => Promise<T>): Promise<T> {
  const key = randomUUID();
  for (let left = TRIES - 1; ; left -= 1) {
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
