import type { SourceState } from './model.ts';

/** Root of every failure this system names; Step Functions matches `name` in `ErrorEquals`. */
export abstract class GdprError extends Error {
  /** True when the same call may succeed later. Only these names appear in a `Retry` block. */
  abstract readonly retryable: boolean;
}

/** An Engine refused the connection, broke off or answered 5xx. */
export class EngineUnavailableError extends GdprError {
  override readonly name = 'EngineUnavailableError';
  readonly retryable = true;
  constructor(engineId: string, options?: ErrorOptions) {
    super(`Engine ${engineId} did not answer`, options);
  }
}

/** An Engine took longer than the query timeout. */
export class EngineTimeoutError extends GdprError {
  override readonly name = 'EngineTimeoutError';
  readonly retryable = true;
  constructor(engineId: string, seconds: number) {
    super(`Engine ${engineId} did not answer within ${seconds} s`);
  }
}

/** The certificate of an Engine is not trusted (R11). */
export class EngineTlsError extends GdprError {
  override readonly name = 'EngineTlsError';
  readonly retryable = false;
  constructor(engineId: string, options?: ErrorOptions) {
    super(`Engine ${engineId} shows a certificate that is not trusted; set its trust in settings.json`, options);
  }
}

/** An Engine refused the login, 401 or 403. Never retried: accounts lock. */
export class EngineAuthError extends GdprError {
  override readonly name = 'EngineAuthError';
  readonly retryable = false;
  constructor(engineId: string) {
    super(`Engine ${engineId} refused the login`);
  }
}

/** An Engine refused a statement that it should know, 400. */
export class EngineQueryRejectedError extends GdprError {
  override readonly name = 'EngineQueryRejectedError';
  readonly retryable = false;
  constructor(engineId: string, file: string) {
    super(`Engine ${engineId} refused the query for ${file}`);
  }
}

/** An Engine answered with something that is not its data: a web page, another header, a broken record. */
export class EngineAnswerError extends GdprError {
  override readonly name = 'EngineAnswerError';
  readonly retryable = false;
  constructor(engineId: string, what: string) {
    super(`Engine ${engineId} answered with ${what}`);
  }
}

/** An Engine is listed but not `CONNECTED`, or federated but not listed (R5). */
export class EngineNotConnectedError extends GdprError {
  override readonly name = 'EngineNotConnectedError';
  readonly retryable = false;
  constructor(engineId: string) {
    super(`Engine ${engineId} is not connected to the Portal`);
  }
}

/** The Portal's List Engines API did not answer. */
export class PortalApiUnavailableError extends GdprError {
  override readonly name = 'PortalApiUnavailableError';
  readonly retryable = true;
  constructor(options?: ErrorOptions) {
    super('The List Engines API of the Portal did not answer', options);
  }
}

/** The Portal refused user name or password. */
export class LoginRefusedError extends GdprError {
  override readonly name = 'LoginRefusedError';
  readonly retryable = false;
  constructor() {
    super('The Portal refused this user name or password');
  }
}

/** The account is good, yet not of Data privacy "none (full access)". */
export class LoginInsufficientError extends GdprError {
  override readonly name = 'LoginInsufficientError';
  readonly retryable = false;
  constructor() {
    super('The Engines refused this account: it needs Data privacy "none (full access)" and Finder access');
  }
}

/** No Engine could be reached to check the account, so nothing was started. */
export class LoginNotVerifiableError extends GdprError {
  override readonly name = 'LoginNotVerifiableError';
  readonly retryable = false;
  constructor() {
    super('No Engine answered, so the account could not be checked; try later, or ask for Portal data alone');
  }
}

/** The sealed login or name is gone or past its time. */
export class SealedItemGoneError extends GdprError {
  override readonly name = 'SealedItemGoneError';
  readonly retryable = false;
  constructor(purpose: string) {
    super(`The sealed ${purpose} is no longer there`);
  }
}

/** Engine data was ticked but no Engine is federated. */
export class NoFederatedEngineError extends GdprError {
  override readonly name = 'NoFederatedEngineError';
  readonly retryable = false;
  constructor() {
    super('Engine data was asked for, but no Engine is federated');
  }
}

export class RequestNotFoundError extends GdprError {
  override readonly name = 'RequestNotFoundError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`There is no request ${requestId}`);
  }
}

/** The Request is not in a state that allows this. */
export class WrongStateError extends GdprError {
  override readonly name = 'WrongStateError';
  readonly retryable = false;
  readonly state: string;
  constructor(requestId: string, state: string) {
    super(`Request ${requestId} is ${state}`);
    this.state = state;
  }
}

/** The Bundle was kept as long as it may be. */
export class BundleExpiredError extends GdprError {
  override readonly name = 'BundleExpiredError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`The archive of request ${requestId} has expired; start a new request`);
  }
}

/** Cancellation was asked for; workers stop and leave nothing behind. */
export class RequestCancelledError extends GdprError {
  override readonly name = 'RequestCancelledError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`Request ${requestId} was cancelled`);
  }
}

/** Bad input (R23). `pointer` is a JSON pointer into the body. */
export class InvalidInputError extends GdprError {
  override readonly name = 'InvalidInputError';
  readonly retryable = false;
  readonly problems: readonly { readonly pointer: string; readonly detail: string }[];
  constructor(problems: readonly { readonly pointer: string; readonly detail: string }[]) {
    super(problems.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; '));
    this.problems = problems;
  }
}

/** A Part does not hold what its index says. */
export class PartDamagedError extends GdprError {
  override readonly name = 'PartDamagedError';
  readonly retryable = false;
  constructor(partKey: string) {
    super(`Part ${partKey} is damaged`);
  }
}

/** The Portal database did not answer. */
export class PortalDatabaseUnavailableError extends GdprError {
  override readonly name = 'PortalDatabaseUnavailableError';
  readonly retryable = true;
  constructor(options?: ErrorOptions) {
    super('The Portal database did not answer', options);
  }
}

/** The Portal database refused a statement; `code` is the SQLSTATE, the driver's text is dropped: it quotes values. */
export class PortalDatabaseError extends GdprError {
  override readonly name = 'PortalDatabaseError';
  readonly retryable = false;
  constructor(code: string) {
    super(`The Portal database refused a statement (SQLSTATE ${code})`);
  }
}

/** The name was still found after the change, so everything was rolled back; or found again after the commit. */
export class ResidueFoundError extends GdprError {
  override readonly name = 'ResidueFoundError';
  readonly retryable = false;
  constructor(occurrences: number) {
    super(`The name was still found ${occurrences} times in the Portal database`);
  }
}

/** A document under `settings/` is missing or wrong. */
export class SettingsError extends GdprError {
  override readonly name = 'SettingsError';
  readonly retryable = false;
  constructor(document: string, what: string) {
    super(`${document}: ${what}`);
  }
}

const STATE_BY_ERROR: Readonly<Record<string, SourceState>> = {
  EngineUnavailableError: 'UNREACHABLE',
  EngineNotConnectedError: 'UNREACHABLE',
  EngineTimeoutError: 'TIMED_OUT',
  EngineTlsError: 'TLS_FAILED',
  EngineAuthError: 'AUTH_FAILED',
  EngineQueryRejectedError: 'REJECTED_QUERY',
  PortalDatabaseUnavailableError: 'UNREACHABLE',
  RequestCancelledError: 'CANCELLED',
  'States.Timeout': 'TIMED_OUT', // the state's, and Lambda's own before it
  'Sandbox.Timedout': 'TIMED_OUT',
};

/** The state that a source ends in after a failure of this name (ours, Lambda's or Step Functions'). */
export const stateAfter = (errorName: string): SourceState => STATE_BY_ERROR[errorName] ?? 'FAILED';
