import * as z from 'zod';
import { ARCHIVE_ERRORS } from '../../modules/archive/errors.ts';
import { COMMON_ERRORS, type ErrorFacts, GdprError } from '../../modules/common/errors.ts';
import { Count, type ReadonlyDeep } from '../../modules/common/shapes.ts';
import { ENGINE_ERRORS } from '../../modules/engines/errors.ts';
import { LIFECYCLE_ERRORS } from '../../modules/lifecycle/errors.ts';
import { PORTAL_ERRORS } from '../../modules/portal/errors.ts';
import { PROOF_ERRORS } from '../../modules/proof/errors.ts';
import { REQUEST_ERRORS } from '../../modules/requests/errors.ts';
import { TICKET_SYSTEM_ERRORS } from '../../modules/ticket-systems/errors.ts';
import { HTTP_ERRORS } from './errors.ts';

/** The part of a problem that is the same for every error of one class. */
export type ProblemKind = Pick<Problem, 'type' | 'title' | 'status'>;

/** Every error that can reach the HTTP edge, from the tables of its rooms. */
const ERRORS = {
  ...COMMON_ERRORS,
  ...TICKET_SYSTEM_ERRORS,
  ...REQUEST_ERRORS,
  ...ARCHIVE_ERRORS,
  ...PROOF_ERRORS,
  ...ENGINE_ERRORS,
  ...PORTAL_ERRORS,
  ...LIFECYCLE_ERRORS,
  ...HTTP_ERRORS,
};
/** Names of the errors that refuse a call; operations.ts lists them by route. */
export type ProblemName = {
  [Name in keyof typeof ERRORS]: (typeof ERRORS)[Name] extends { problem: unknown } ? Name : never;
}[keyof typeof ERRORS];

export const INTERNAL: ProblemKind = { type: '/problems/internal', title: 'Internal error', status: 500 };

/** The problem of an error that refused a call before it started anything. `undefined`: the call may have started something. */
export const refusalOf = (error: unknown): ProblemKind | undefined =>
  error instanceof GdprError ? problemOf(error.name) : undefined;

/** The problem of an error name; `undefined` when it refuses no call. */
export function problemOf(name: string): ProblemKind | undefined {
  const { problem }: ErrorFacts = Object.hasOwn(ERRORS, name) ? ERRORS[name as keyof typeof ERRORS] : {};
  return problem && { type: typeOf(name), title: problem.title, status: problem.status };
}

export const allProblems = (): ProblemKind[] => [
  ...Object.keys(ERRORS).flatMap((name) => problemOf(name) ?? []),
  INTERNAL,
];

/** `/problems/login-refused` for `LoginRefusedError`; docs/problems/ has a page for it. */
const typeOf = (name: string): string =>
  `/problems/${name
    .replace(/Error$/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase()}`;

const TYPES: readonly string[] = [...allProblems().map(({ type }) => type), 'about:blank'];

export const Problem = z
  .strictObject({
    type: z.enum(TYPES).describe('Stable; docs/problems/ explains it. `about:blank`: from the gateway'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What is wrong and what to change'),
    errors: z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .exactOptional()
      .describe('What is wrong in the body, each with a JSON pointer (RFC 6901)'),
    state: z.string().exactOptional().describe('The current state of the request'),
    requestId: z.uuid().exactOptional().describe('The request that blocks this one'),
    retryAfter: Count.exactOptional().describe('Seconds to wait'),
  })
  .describe('Problem details (RFC 9457)');
export type Problem = ReadonlyDeep<z.infer<typeof Problem>>;
