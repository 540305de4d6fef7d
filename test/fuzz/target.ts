import { expect } from 'vitest';

/** A name of a person as it stands in samples: no message, log or answer may hold it, in any spelling of it. */
export const CANARY = 'zq7canary';

/** Something that reads bytes from outside. */
export interface Target {
  readonly name: string;
  /** Each is accepted as it is. */
  readonly samples: readonly (string | Buffer)[];
  /** What the format gives a meaning to, for changes. */
  readonly words?: readonly string[];
  /** Runs in `npm test`. */
  readonly runs?: number;
  /** @returns whether the input was accepted @throws an invariant does not hold */
  run(input: Buffer): Promise<boolean> | boolean;
}

/** Characters of a message that came from outside, at most. */
const MAX_MESSAGE = 2000;

/** A refusal is of these classes, short, and holds neither a name nor what a terminal would obey. */
export function isRefusal(error: unknown, ...classes: readonly (abstract new (...given: never[]) => Error)[]): boolean {
  if (!classes.some((one) => error instanceof one)) throw error;
  isHarmless((error as Error).message);
  return true;
}

/** A text for people says nothing personal, and no more of the input than its cap. */
export function isHarmless(text: string): void {
  expect(text.length).toBeLessThanOrEqual(MAX_MESSAGE);
  expect(text.toLowerCase()).not.toContain(CANARY);
  expect(text.isWellFormed()).toBe(true);
}

/** What a parser makes of it, whose own words nobody is shown; nothing when it refuses. */
export function parsed<T>(parse: () => T): { readonly result: T } | undefined {
  try {
    return { result: parse() };
  } catch (error) {
    if (['SyntaxError', 'ZodError', 'NxqlError', '$ZodError'].includes((error as Error).name)) return undefined;
    // zod compares the `length` of an object that stands in the place of a text, whatever that is.
    if (error instanceof TypeError && /zod/.test(error.stack ?? '')) return undefined;
    throw error;
  }
}

/** The result, or that it was refused as it may be. */
export async function tried<T>(
  work: () => Promise<T> | T,
  ...classes: readonly (abstract new (
    ...given: never[]
  ) => Error)[]
): Promise<{ readonly result: T } | undefined> {
  try {
    return { result: await work() };
  } catch (error) {
    isRefusal(error, ...classes);
    return undefined;
  }
}
