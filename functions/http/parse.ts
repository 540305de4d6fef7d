import type middy from '@middy/core';
import type * as z from 'zod';
import { InvalidInputError } from '../../modules/common/errors.ts';

/**
 * Parses the event of a Task; what comes after may trust its type.
 * @throws {InvalidInputError} with JSON pointers, without the values
 */
export const validateEvent = <T>(schema: z.ZodType<T>): middy.MiddlewareObj<T> => ({
  before: (request) => {
    request.event = parse(schema, request.event);
  },
});

/** Parses what comes from outside. @throws {InvalidInputError} with JSON pointers, without the values */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    parsed.error.issues.map((issue) => ({ pointer: pointerTo(issue.path), detail: wordsOf(issue) })),
  );
}

/** A field's name is the caller's own text too, and may be anything: one that is not known is counted, not quoted (R24). */
const wordsOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys'
    ? `holds ${issue.keys.length} field(s) that are not known here; see /openapi.json`
    : issue.message;

/** JSON pointer of a path. Source: RFC 6901. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
