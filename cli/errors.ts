import type { Problem } from '../functions/http/problems.ts';
import { GdprError } from '../modules/common/errors.ts';

/** The command line is wrong; the message names the flag. Exit code 2. */
export class UsageError extends GdprError {
  override readonly name = 'UsageError';
  readonly retryable = false;
}

/** The API refused with a problem document (R23). */
export class ApiProblemError extends GdprError {
  override readonly name = 'ApiProblemError';
  readonly retryable: boolean;
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
    this.problem = problem;
    this.retryable = problem.status === 429 || problem.status >= 500;
  }
}

/** Nothing answered at the address of the API, or the connection broke. */
export class ApiUnreachableError extends GdprError {
  override readonly name = 'ApiUnreachableError';
  readonly retryable = true;
  constructor(origin: string, options: ErrorOptions) {
    super(
      `${origin} does not answer (${reasonOf(options.cause)}); is \`npm start\` running, and is --api right?`,
      options,
    );
  }
}

/** Something answered, but not as this API does. */
export class ApiAnswerError extends GdprError {
  override readonly name = 'ApiAnswerError';
  readonly retryable = false;
  constructor(origin: string, what: string) {
    super(`${origin} answered with ${what}; does --api name the address of the GDPR API?`);
  }
}

/** The archive did not arrive whole; nothing was written. */
export class DownloadError extends GdprError {
  override readonly name = 'DownloadError';
  readonly retryable = true;
  constructor(requestId: string, what: string, options?: ErrorOptions) {
    super(`The archive of request ${requestId} ${what}; nothing was written`, options);
  }
}

/** Ctrl-C, or a polite kill. Exit code 1. */
export class InterruptedError extends GdprError {
  override readonly name = 'InterruptedError';
  readonly retryable = false;
  constructor() {
    super('Interrupted');
  }
}

/** The code of a network failure, such as `ECONNREFUSED`; undici wraps it once or twice. */
function reasonOf(cause: unknown): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    if (error.name === 'TimeoutError') return 'no answer in time';
  }
  return 'connection failed';
}
