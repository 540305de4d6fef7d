import type { Context } from 'aws-lambda';

/**
 * Makes a value at its first use and keeps it while the process is warm. Mark calls as pure, so that a bundle leaves out what
 * its function does not use.
 */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export type Handler<E, R> = (event: E, context: Context) => Promise<R>;

/** A handler that is made at its first call, so that importing its file needs no environment and makes no client. */
export function lazy<E, R>(make: () => Handler<E, R>): Handler<E, R> {
  const made = once(make);
  return async (event, context) => made()(event, context);
}

/** A handler that is made for each call, so that settings are fresh and nothing of a Subject outlives the call. */
export const fresh =
  <E, R>(make: () => Promise<{ handler: Handler<E, R>; close?: () => Promise<void> }>): Handler<E, R> =>
  async (event, context) => {
    const { handler, close } = await make();
    try {
      return await handler(event, context);
    } finally {
      await close?.();
    }
  };
