import { type ErrorTable, errorOf } from '../common/errors.ts';

/** The sealed login or name was removed or has expired. */
export class SealedItemGoneError extends errorOf('SealedItemGoneError', (purpose: string) => ({
  message: `The sealed ${purpose} is no longer there; start a new request`,
})) {}

/** The Caller's token or role does not allow this. @param anyOf scopes of which one is needed */
export class InsufficientScopeError extends errorOf('InsufficientScopeError', (anyOf: readonly string[]) => ({
  message: anyOf.length === 0 ? 'The token names no caller' : `This needs the scope ${anyOf.join(' or ')}`,
})) {}

/** Another Request is anonymizing the same Subject. @param requestId its id, when the caller may see it */
export class SubjectBusyError extends errorOf('SubjectBusyError', (requestId: string | undefined) => {
  const which = requestId === undefined ? 'a request of another caller' : `request ${requestId}`;
  return { message: `The same name is being anonymized by ${which}; one at a time`, requestId };
}) {}

/** There is no such Request, or the caller may not see it. */
export class RequestNotFoundError extends errorOf('RequestNotFoundError', (requestId: string) => ({
  message: `There is no request ${requestId}`,
})) {}

export class WrongStateError extends errorOf('WrongStateError', (requestId: string, state: string) => ({
  message: `Request ${requestId} is ${state}`,
  state,
})) {}

/** Cancellation was requested, or the attempt is over; workers stop and leave nothing behind. */
export class RequestCancelledError extends errorOf('RequestCancelledError', (requestId: string) => ({
  message: `Request ${requestId} was cancelled`,
})) {}

/** The deadline of a Request cannot be changed in this way. @param why completes `The deadline of this request` */
export class DeadlineError extends errorOf('DeadlineError', (why: string) => ({
  message: `The deadline of this request ${why}`,
})) {}

export class HandedOverError extends errorOf('HandedOverError', (requestId: string, at: string) => ({
  message: `The answer of request ${requestId} was handed over at ${at}; the audit trail names who recorded it`,
})) {}

export class AmbiguousSubjectError extends errorOf('AmbiguousSubjectError', (requestId?: string) => ({
  message: `The name${requestId ? ` of request ${requestId}` : ''} means several accounts; list them (POST /v1/subjects, gdpr who NAME) and choose those that it is about (accounts, --account)`,
})) {}

export const REQUEST_ERRORS = {
  SealedItemGoneError: { problem: { status: 410, title: 'What the request needs is no longer kept' } },
  InsufficientScopeError: { problem: { status: 403, title: 'This caller may not do that' } },
  SubjectBusyError: { problem: { status: 409, title: 'The same name is being anonymized' } },
  RequestNotFoundError: { problem: { status: 404, title: 'There is no such request' } },
  WrongStateError: { problem: { status: 409, title: 'The request is in another state' } },
  RequestCancelledError: { sourceState: 'CANCELLED' },
  AmbiguousSubjectError: { problem: { status: 409, title: 'The name means several accounts' } },
  HandedOverError: { problem: { status: 409, title: 'The answer was handed over before' } },
  DeadlineError: { problem: { status: 409, title: 'The deadline cannot be changed in this way' } },
} as const satisfies ErrorTable;

/** Errors of Step Functions and of Lambda that end a source. */
export const OUTSIDE_ERRORS = {
  'States.Timeout': { sourceState: 'TIMED_OUT' }, // the state's timeout, which is longer than that of its function
  'Sandbox.Timedout': { sourceState: 'TIMED_OUT' }, // the function's own
} as const satisfies ErrorTable;
