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

/** What a refusal is: the same each time, whatever it was about. */
export type ProblemKind = Pick<Problem, 'type' | 'title' | 'status'>;

/** Every error that can reach the HTTP edge, with what its room says of it. */
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
/** Names of the errors that are refusals; operations.ts lists them with the routes that give them. */
export type ProblemName = {
  [Name in keyof typeof ERRORS]: (typeof ERRORS)[Name] extends { problem: unknown } ? Name : never;
}[keyof typeof ERRORS];

/** Any other error: a fault of ours. */
export const INTERNAL: ProblemKind = { type: '/problems/internal', title: 'Something went wrong here', status: 500 };

/** The refusal that an error is: what was asked for was not begun. Nothing when it is none, and may have been. */
export const refusalOf = (error: unknown): ProblemKind | undefined =>
  error instanceof GdprError ? problemOf(error.name) : undefined;

/** The refusal that an error of this name is; nothing when it is none. */
export function problemOf(name: string): ProblemKind | undefined {
  const { problem }: ErrorFacts = Object.hasOwn(ERRORS, name) ? ERRORS[name as keyof typeof ERRORS] : {};
  return problem && { type: typeOf(name), title: problem.title, status: problem.status };
}

/** Every refusal there is. */
export const allProblems = (): ProblemKind[] => [
  ...Object.keys(ERRORS).flatMap((name) => problemOf(name) ?? []),
  INTERNAL,
];

/** `/problems/login-refused` for `LoginRefusedError`: stable, and a page of docs/. */
const typeOf = (name: string): string =>
  `/problems/${name
    .replace(/Error$/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase()}`;

const TYPES: readonly string[] = [...allProblems().map(({ type }) => type), 'about:blank'];

/** RFC 9457 problem details. */
export const Problem = z
  .strictObject({
    type: z.enum(TYPES).describe('Stable; a page of docs/problems/. `about:blank`: told by the gateway'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What was refused and what to change'),
    errors: z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .exactOptional()
      .describe('What is wrong in the body, each with a JSON pointer (RFC 6901)'),
    state: z.string().exactOptional().describe('The present state of the request'),
    requestId: z.uuid().exactOptional().describe('The request that is in the way'),
    retryAfter: Count.exactOptional().describe('Seconds to wait'),
  })
  .describe('Problem details (RFC 9457)');
export type Problem = ReadonlyDeep<z.infer<typeof Problem>>;
