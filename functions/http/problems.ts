import { GdprError } from '../../modules/common/errors.ts';
import type { Problem } from './problem.ts';

/** What a refusal is: the same each time, whatever it was about. */
export type ProblemKind = Pick<Problem, 'type' | 'title' | 'status'>;

/**
 * Status and title of each refusal; an error that is not here is a fault of ours, 500. Each has a page in docs/problems/ and
 * stands in the OpenAPI document with the routes that give it (functions/http/openapi/operations.ts).
 */
export const PROBLEMS = {
  InvalidInputError: { status: 400, title: 'The request is not valid' },
  SignatureRefusedError: { status: 401, title: 'The webhook is not accepted' },
  InsufficientScopeError: { status: 403, title: 'This caller may not do that' },
  IdempotencyKeyError: { status: 400, title: 'An Idempotency-Key is needed' },
  IdempotencyConflictError: { status: 422, title: 'The Idempotency-Key belongs to another call' },
  RequestInFlightError: { status: 409, title: 'The same call is being handled' },
  SubjectBusyError: { status: 409, title: 'The same name is being anonymized' },
  TooManyCallsError: { status: 429, title: 'Too many calls' },
  TooManyRequestsError: { status: 429, title: 'Too many unfinished requests' },
  BodyTooLargeError: { status: 413, title: 'The body is too large' },
  LoginRefusedError: { status: 403, title: 'User name or password is wrong' },
  LoginInsufficientError: { status: 403, title: 'The account may not see all data' },
  ServiceAccountError: { status: 403, title: 'The service account cannot be used' },
  RequestNotFoundError: { status: 404, title: 'There is no such request' },
  OwnApprovalError: { status: 403, title: 'Another person must approve' },
  DeadlineError: { status: 409, title: 'The term cannot be changed so' },
  WrongStateError: { status: 409, title: 'The request is in another state' },
  NoFederatedEngineError: { status: 409, title: 'There is no Engine' },
  CertificateUnavailableError: { status: 409, title: 'There is nothing to hand out' },
  ArchiveDestroyedError: { status: 410, title: 'The archive was destroyed' },
  PortalMappingError: { status: 409, title: 'The Portal database is not as approved' },
  NightlyJobsError: { status: 409, title: 'The Portal is busy with its nightly jobs' },
  PreviewTimeoutError: { status: 503, title: 'The Portal database takes too long' },
  PortalDatabaseUnavailableError: { status: 503, title: 'The Portal database does not answer' },
  SettingsError: { status: 500, title: 'The settings are not right' },
  ArchiveExpiredError: { status: 410, title: 'The archive has expired' },
  LoginNotVerifiableError: { status: 503, title: 'The account cannot be checked now' },
  NotStartedError: { status: 503, title: 'The request could not be started' },
  SealedItemGoneError: { status: 410, title: 'What the request needs is no longer kept' },
  PortalApiUnavailableError: { status: 503, title: 'The Portal does not answer' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;
export type ProblemName = keyof typeof PROBLEMS;

/** What we did not foresee. */
export const INTERNAL: ProblemKind = { type: '/problems/internal', title: 'Something went wrong here', status: 500 };

/** The refusal that an error is: what was asked for was not begun. Nothing when it is none, and may have been. */
export const refusalOf = (error: unknown): ProblemKind | undefined =>
  error instanceof GdprError ? problemOf(error.name) : undefined;

/** The refusal that an error of this name is; nothing when it is none. */
export function problemOf(name: string): ProblemKind | undefined {
  const known = Object.hasOwn(PROBLEMS, name) ? PROBLEMS[name as ProblemName] : undefined;
  return known && { type: typeOf(name), title: known.title, status: known.status };
}

/** `/problems/login-refused` for `LoginRefusedError`: stable, and a page of docs/. */
const typeOf = (name: string): string =>
  `/problems/${name
    .replace(/Error$/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase()}`;
