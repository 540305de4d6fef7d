import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { InvalidInputError } from '../../modules/common/errors.ts';
import { Instant } from '../../modules/common/shapes.ts';
import { ListFilters } from '../../modules/requests/views/get-request.ts';

/** The handler of a Task: its event is parsed first. @param run gets a signal that aborts shortly before the time is up */
export const task = <E, R>(
  schema: z.ZodType<E>,
  run: (event: E, signal: AbortSignal, context: Context) => Promise<R>,
) => middy<E, R>().handler((event, context, { signal }) => run(parse(schema, event), signal, context));

/** Parses input from outside. @throws {InvalidInputError} with the first JSON pointers (there may be thousands), without the values */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 20);
  throw new InvalidInputError(issues.map((issue) => ({ pointer: pointerTo(issue.path), detail: wordsOf(issue) })));
}

/** Unknown fields are counted, not quoted: their names may hold personal data (R24). */
const wordsOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys' ? `has ${issue.keys.length} unknown field(s); see /openapi.json` : issue.message;

/** JSON pointer of a path, down to `mentions`: its fields are the caller's, and may hold personal data (R24). Source: RFC 6901. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path
    .slice(0, path.indexOf('mentions') + 1 || undefined)
    .map(stepTo)
    .join('');
const stepTo = (step: PropertyKey): string => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** A place in the list. It is encoded, so that no caller relies on its parts. */
const Cursor = z
  .string()
  .transform((text) => Buffer.from(text, 'base64url').toString())
  .refine((place) => /^[\dTZ:.-]{20,30}#[\da-f-]{36}$/.test(place), 'must be `next` of the previous page');

export const ListQuery = ListFilters.extend({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: Cursor.exactOptional(),
});

/** Query of `GET /v1/requests/{requestId}/events`. */
export const EventsQuery = z.object({ after: z.coerce.number().int().min(0).default(0) });

/** Query of `GET /v1/anchors`. */
export const AnchorsQuery = z.object({ after: Instant.default('1970-01-01T00:00:00.000Z') });

/** Query of `GET /v1/doctor`. */
export const DoctorQuery = z.object({
  testTicket: z
    .string()
    .regex(/^[a-z0-9-]{1,40}:\S{1,100}$/, 'must be CONNECTION:TICKET')
    .exactOptional(),
});
