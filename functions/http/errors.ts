import { type ErrorTable, errorOf } from '../../modules/common/errors.ts';

export class IdempotencyKeyError extends errorOf('IdempotencyKeyError', () => ({
  message: 'The header Idempotency-Key is missing or is not 1 to 255 visible ASCII characters; use a UUID',
})) {}

export class IdempotencyConflictError extends errorOf('IdempotencyConflictError', () => ({
  message: 'This Idempotency-Key was used for another call or another body within the last day; use a new one',
})) {}

export class RequestInFlightError extends errorOf('RequestInFlightError', (waitSeconds: number) => ({
  message: 'The same call is being handled; repeat it to get its answer',
  retryAfter: waitSeconds,
  retryable: true,
})) {}

export class TooManyCallsError extends errorOf('TooManyCallsError', (max: number, retryAfter: number) => ({
  message: `A caller may make ${max} calls with a login per minute`,
  retryAfter,
  retryable: true,
})) {}

export class TooManyRequestsError extends errorOf('TooManyRequestsError', (max: number, retryAfter: number) => ({
  message: `A caller may have ${max} unfinished requests; wait until one has ended, or cancel one`,
  retryAfter,
  retryable: true,
})) {}

export class BodyTooLargeError extends errorOf('BodyTooLargeError', (max: number) => ({
  message: `A body has at most ${max} bytes`,
})) {}

export class UnsupportedMediaTypeError extends errorOf('UnsupportedMediaTypeError', () => ({
  message: 'A body is JSON in UTF-8, with the header content-type: application/json, and not compressed',
})) {}

export const HTTP_ERRORS = {
  IdempotencyKeyError: { problem: { status: 400, title: 'An Idempotency-Key is needed' } },
  IdempotencyConflictError: { problem: { status: 422, title: 'The Idempotency-Key belongs to another call' } },
  RequestInFlightError: { problem: { status: 409, title: 'The same call is being handled' } },
  TooManyCallsError: { problem: { status: 429, title: 'Too many calls' } },
  TooManyRequestsError: { problem: { status: 429, title: 'Too many unfinished requests' } },
  BodyTooLargeError: { problem: { status: 413, title: 'The body is too large' } },
  UnsupportedMediaTypeError: { problem: { status: 415, title: 'The body is not said to be JSON' } },
} as const satisfies ErrorTable;
