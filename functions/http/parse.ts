import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { InvalidInputError } from '../../modules/common/errors.ts';

/** The handler of a Task: its event is parsed first. @param run gets a signal that aborts shortly before the time is up */
export const task = <E, R>(
  schema: z.ZodType<E>,
  run: (event: E, signal: AbortSignal, context: Context) => Promise<R>,
) => middy<E, R>().handler((event, context, { signal }) => run(parse(schema, event), signal, context));

/** Parses input from outside. @throws {InvalidInputError} with JSON pointers, without the values */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    parsed.error.issues.map((issue) => ({ pointer: pointerTo(issue.path), detail: wordsOf(issue) })),
  );
}

/** Unknown fields are counted, not quoted: their names may hold personal data (R24). */
const wordsOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys' ? `has ${issue.keys.length} unknown field(s); see /openapi.json` : issue.message;

/** JSON pointer of a path. Source: RFC 6901. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
