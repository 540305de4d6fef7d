import type { Problem } from '../client/types.ts';

/** The command line is wrong; the message says what to change. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The API refused with a problem document (R23). */
export class ApiProblemError extends Error {
  override readonly name = 'ApiProblemError';
  readonly retryable: boolean;
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail.startsWith(problem.title) ? problem.detail : `${problem.title}: ${problem.detail}`);
    this.problem = problem;
    this.retryable = problem.status === 429 || problem.status >= 500;
  }
}

export class ApiUnreachableError extends Error {
  override readonly name = 'ApiUnreachableError';
  constructor(origin: string, options: ErrorOptions) {
    const reason = reasonOf(options.cause);
    super(`${origin} does not answer (${reason}); is \`npm start\` running, and is --api right?`, options);
  }
}

export class ApiAnswerError extends Error {
  override readonly name = 'ApiAnswerError';
  constructor(origin: string, what: string) {
    super(`${origin} answered with ${what}; does --api name the address of the GDPR API?`);
  }
}

export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  constructor(requestId: string, what: string, options?: ErrorOptions) {
    super(`The archive of request ${requestId} ${what}; nothing was written`, options);
  }
}

/** Ctrl-C, or a polite kill. Exit code 130. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
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
