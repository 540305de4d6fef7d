import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
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

/** The answer was lost, or is not known yet, or nobody knows what was begun: the function died, or its stores failed. */
const mayRepeat = (error: unknown): boolean => error instanceof ApiUnreachableError || isUnknown(error);

const isUnknown = (error: unknown): boolean => {
  if (!(error instanceof ApiProblemError)) return false;
  const { type, status } = error.problem;
  return type === '/problems/request-in-flight' || type === '/problems/internal' || isOfGateway(type, status);
};

const isOfGateway = (type: string, status: number): boolean => type === 'about:blank' && status >= 500;

const pauseAfter = (error: unknown): number => {
  const seconds = error instanceof ApiProblemError ? error.problem.retryAfter : undefined;
  return seconds === undefined ? PAUSE : seconds * 1000;
};
