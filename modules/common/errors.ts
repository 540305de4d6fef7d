import type { SourceState } from '../requests/record.ts';

/** Root of every failure this system names; Step Functions matches `name` in `ErrorEquals`. */
export abstract class GdprError extends Error {
  /** True when the same call may succeed later. Only these names appear in a `Retry` block. */
  abstract readonly retryable: boolean;
  /** Tables, columns and the like that it is about, without names of people; for the Operator. */
  readonly places: readonly string[] = [];
  /** Seconds after which the same call may do better, when that is known. */
  readonly retryAfter: number | undefined;
}

/** An Engine refused the connection, broke off or answered 5xx. */
export class EngineUnavailableError extends GdprError {
  override readonly name = 'EngineUnavailableError';
  readonly retryable = true;
  override readonly retryAfter: number | undefined;
  /** True when no connection came about: the login was not sent. */
  readonly unsent: boolean;
  /** @param retryAfter seconds of rest that the Engine asked for */
  constructor(engineId: string, options?: ErrorOptions & { readonly unsent?: boolean }, retryAfter?: number) {
    super(`Engine ${engineId} did not answer`, options);
    this.retryAfter = retryAfter;
    this.unsent = options?.unsent ?? false;
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
  /** Names that the Engine offered instead, as on its error page. */
  readonly options: readonly string[];
  constructor(engineId: string, file: string, options: readonly string[] = []) {
    super(`Engine ${engineId} refused the query for ${file}`);
    this.options = options;
  }
}

/** The rows of an answer cannot be taken as they are: too many bytes, or a broken record. A smaller question may do. */
export class EngineRowsError extends GdprError {
  override readonly name = 'EngineRowsError';
  readonly retryable = false;
  constructor(engineId: string, what: string) {
    super(`Engine ${engineId} answered with ${what}`);
  }
}

/** True for what tells something about one answer, and nothing about the Engine: it may be asked for other tables. */
export const isAboutOneAnswer = (error: unknown): error is EngineAnswerError | EngineRowsError =>
  error instanceof EngineAnswerError || error instanceof EngineRowsError;

/** An Engine answered with something that is not its data: a web page, a redirect, another header. */
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

/** An Engine lacks the licence for its Web API (R2). */
export class EngineLicenceError extends GdprError {
  override readonly name = 'EngineLicenceError';
  readonly retryable = false;
  constructor(engineId: string) {
    super(`Engine ${engineId} has no licence for the Web API (Nexthink Integrate)`);
  }
}

/** The address of an Engine leads to this machine or to its cloud's own services, not to an Engine. */
export class EngineAddressError extends GdprError {
  override readonly name = 'EngineAddressError';
  readonly retryable = false;
  constructor(engineId: string) {
    super(`Engine ${engineId} has a loopback or link-local address, which is not asked; set its host in settings.json`);
  }
}

/** Another worker has taken over: what this one did must not be committed. */
export class OvertakenError extends GdprError {
  override readonly name = 'OvertakenError';
  readonly retryable = true;
  constructor(sourceId: string) {
    super(`Another worker has taken over ${sourceId}`);
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
    super(`The sealed ${purpose} is no longer there; start a new request`);
  }
}

/** An execution could not be started; the Request has ended, or is as it was before a rerun. */
export class NotStartedError extends GdprError {
  override readonly name = 'NotStartedError';
  readonly retryable = false;
  constructor(requestId: string, options: ErrorOptions) {
    super(`Request ${requestId} could not be started, so nothing was asked or changed; try again`, options);
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

/** The Caller's token or role does not allow this. */
export class InsufficientScopeError extends GdprError {
  override readonly name = 'InsufficientScopeError';
  readonly retryable = false;
  /** @param anyOf scopes of which one would do */
  constructor(anyOf: readonly string[]) {
    super(anyOf.length === 0 ? 'The token names no caller' : `This needs the scope ${anyOf.join(' or ')}`);
  }
}

/** A call that starts work came without a key that tells its repeats. */
export class IdempotencyKeyError extends GdprError {
  override readonly name = 'IdempotencyKeyError';
  readonly retryable = false;
  constructor() {
    super('The header Idempotency-Key is missing or is not 1 to 255 visible characters of ASCII; a UUID will do');
  }
}

/** The key was used for another call. */
export class IdempotencyConflictError extends GdprError {
  override readonly name = 'IdempotencyConflictError';
  readonly retryable = false;
  constructor() {
    super('This Idempotency-Key was used for another call or another body within the last day; use a new one');
  }
}

/** The same call is being handled. */
export class RequestInFlightError extends GdprError {
  override readonly name = 'RequestInFlightError';
  readonly retryable = true;
  override readonly retryAfter: number;
  constructor(waitSeconds: number) {
    super('The same call is being handled; repeat it to get its answer');
    this.retryAfter = waitSeconds;
  }
}

/** Another Request is anonymizing the same Subject. */
export class SubjectBusyError extends GdprError {
  override readonly name = 'SubjectBusyError';
  readonly retryable = false;
  /** Which one, when the Caller may see it. */
  readonly requestId: string | undefined;
  constructor(requestId: string | undefined) {
    const which = requestId === undefined ? 'a request of another caller' : `request ${requestId}`;
    super(`The same name is being anonymized by ${which}; one at a time`);
    this.requestId = requestId;
  }
}

/** A Caller tries logins too often. */
export class TooManyCallsError extends GdprError {
  override readonly name = 'TooManyCallsError';
  readonly retryable = true;
  override readonly retryAfter: number;
  constructor(most: number, retryAfter: number) {
    super(`A caller may try a login ${most} times a minute`);
    this.retryAfter = retryAfter;
  }
}

/** A Caller has too many Requests that have not ended. */
export class TooManyRequestsError extends GdprError {
  override readonly name = 'TooManyRequestsError';
  readonly retryable = true;
  override readonly retryAfter: number;
  constructor(most: number, retryAfter: number) {
    super(`A caller may have ${most} requests that have not ended; wait for one, or cancel one`);
    this.retryAfter = retryAfter;
  }
}

/** A body is larger than any that makes sense. */
export class BodyTooLargeError extends GdprError {
  override readonly name = 'BodyTooLargeError';
  readonly retryable = false;
  constructor(most: number) {
    super(`A body has at most ${most} bytes`);
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

/** The archive and all it was made of were destroyed on demand. */
export class BundleDestroyedError extends GdprError {
  override readonly name = 'BundleDestroyedError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`The archive of request ${requestId} was destroyed; start a new request`);
  }
}

/** Cancellation was asked for, or the attempt is over; workers stop and leave nothing behind. */
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
  constructor(partKey: string, options?: ErrorOptions) {
    super(`Part ${partKey} is damaged`, options);
  }
}

/** S3 did not answer, or asked to slow down for longer than its client tries again. */
export class StorageUnavailableError extends GdprError {
  override readonly name = 'StorageUnavailableError';
  readonly retryable = true;
  constructor(options?: ErrorOptions) {
    super('The object store did not answer', options);
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

/** The Portal database has no TLS, or a certificate that the `ca` of its secret does not vouch for. */
export class PortalDatabaseTlsError extends GdprError {
  override readonly name = 'PortalDatabaseTlsError';
  readonly retryable = false;
  constructor(options?: ErrorOptions) {
    super(
      'The Portal database offers no TLS, or shows a certificate that is not trusted; see `ca` of its secret',
      options,
    );
  }
}

/** The Portal database refused a statement; `code` is the SQLSTATE, the driver's text is dropped: it quotes values. */
export class PortalDatabaseError extends GdprError {
  override readonly name = 'PortalDatabaseError';
  readonly retryable = false;
  readonly code: string;
  override readonly places: readonly string[];
  /** @param place the table it was about, where that is known */
  constructor(code: string, place?: string) {
    super(`The Portal database refused a statement (SQLSTATE ${code}${place ? `, about ${place}` : ''})`);
    this.code = code;
    this.places = place === undefined ? [] : [place];
  }
}

/** The disk of the Portal database has no room left: somebody has to make some before it can work. */
export class PortalDatabaseFullError extends GdprError {
  override readonly name = 'PortalDatabaseFullError';
  readonly retryable = false;
  constructor() {
    super('The disk of the Portal database is full; nothing was changed');
  }
}

/** A column has no room for a token that cannot be guessed. */
export class PortalColumnTooShortError extends GdprError {
  override readonly name = 'PortalColumnTooShortError';
  readonly retryable = false;
  override readonly places: readonly string[];
  /** @param place `schema.table.column` */
  constructor(place: string) {
    super(`${place} is too short for the text that would take the place of the name; nothing was changed`);
    this.places = [place];
  }
}

/** Keys of one object that differ by spelling would become one, and the value of one of them would be lost. */
export class PortalKeysMergeError extends GdprError {
  override readonly name = 'PortalKeysMergeError';
  readonly retryable = false;
  override readonly places: readonly string[];
  /** @param place `schema.table.column` */
  constructor(place: string) {
    super(
      `${place} has two keys beside each other that are spellings of the name, and one would be lost; nothing was changed`,
    );
    this.places = [place];
  }
}

/** Something other than what the mapping lists changed in a mapped table, so everything was rolled back. */
export class BystanderChangedError extends GdprError {
  override readonly name = 'BystanderChangedError';
  readonly retryable = false;
  override readonly places: readonly string[];
  /** @param place `schema.table` */
  constructor(place: string) {
    super(`${place} would have changed in rows that do not hold the name, or in how many it has; nothing was changed`);
    this.places = [place];
  }
}

/** The name stands where no UPDATE reaches, and the settings refuse to go on without it. */
export class NameOutOfReachError extends GdprError {
  override readonly name = 'NameOutOfReachError';
  readonly retryable = false;
  override readonly places: readonly string[];
  constructor(places: readonly string[]) {
    super(`The name stands where no UPDATE reaches: ${places.join(', ')}; nothing was changed`);
    this.places = places;
  }
}

/** The name was still found after the change, so everything was rolled back; or found again after the commit. */
export class ResidueFoundError extends GdprError {
  override readonly name = 'ResidueFoundError';
  readonly retryable = false;
  override readonly places: readonly string[];
  /** @param places where, as `schema.table.column`, without the name */
  constructor(occurrences: number, places: readonly string[] = []) {
    super(
      `The name was still found ${occurrences} times in the Portal database${places.map((place) => ` ${place}`).join()}`,
    );
    this.places = places;
  }
}

/** Whether an anonymization was committed could not be asked: the Portal database does not answer. */
export class OutcomeUnknownError extends GdprError {
  override readonly name = 'OutcomeUnknownError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`Whether request ${requestId} has changed the Portal database could not be asked`);
  }
}

/** The proof cannot be given: there is none for such a request, or it was handed out before. */
export class CertificateUnavailableError extends GdprError {
  override readonly name = 'CertificateUnavailableError';
  readonly retryable = false;
  constructor(what: 'certificate' | 'nonce') {
    super(`There is no ${what} of this request to hand out`);
  }
}

/** The key that signs certificates did not answer. */
export class SigningUnavailableError extends GdprError {
  override readonly name = 'SigningUnavailableError';
  readonly retryable = true;
  constructor(options?: ErrorOptions) {
    super('The key that signs certificates did not answer', options);
  }
}

/** The approved mapping does not fit the live schema of the Portal database, so nothing is read or changed (D7). */
export class PortalMappingError extends GdprError {
  override readonly name = 'PortalMappingError';
  readonly retryable = false;
  /** @param problems each names a table or a column */
  constructor(problems: readonly string[]) {
    const more = problems.length > MOST_PROBLEMS ? `; and ${problems.length - MOST_PROBLEMS} more` : '';
    super(`portal-mapping.json does not fit the database: ${problems.slice(0, MOST_PROBLEMS).join('; ')}${more}`);
  }
}

const MOST_PROBLEMS = 10;

/** What the Portal holds is no longer what the preview showed, so the anonymization did not start. */
export class PlanChangedError extends GdprError {
  override readonly name = 'PlanChangedError';
  readonly retryable = false;
  constructor() {
    super('The Portal database no longer holds what the preview showed; look at a new preview');
  }
}

/** Counting took longer than an answer over HTTP may. */
export class PreviewTimeoutError extends GdprError {
  override readonly name = 'PreviewTimeoutError';
  readonly retryable = true;
  constructor(seconds: number) {
    super(`The Portal database could not be searched within ${seconds} s, so there is no preview`);
  }
}

/** Nightly jobs of the Portal are running or about to, and an anonymization must not overlap them. */
export class NightlyJobsError extends GdprError {
  override readonly name = 'NightlyJobsError';
  readonly retryable = false;
  /** Seconds until it can be started. */
  override readonly retryAfter: number;
  /** @param until when it can be started, ISO 8601 UTC */
  constructor(until: string, retryAfter: number) {
    super(`The nightly jobs of the Portal have their time; an anonymization can start from ${until}`);
    this.retryAfter = retryAfter;
  }
}

/** The system's own account at Nexthink was asked for, and cannot be used. */
export class ServiceAccountError extends GdprError {
  override readonly name = 'ServiceAccountError';
  readonly retryable = false;
  /** @param why completes `The service account` */
  constructor(why: string) {
    super(`The service account ${why}; give the login of a person`);
  }
}

/** The authority that stamps audit trails did not, or its answer is not to this question. */
export class WitnessError extends GdprError {
  override readonly name = 'WitnessError';
  readonly retryable = true;
  /** @param why completes `The time-stamping authority` */
  constructor(why: string, options?: { cause: unknown }) {
    super(`The time-stamping authority ${why}`, options);
  }
}

/** Who asked for something cannot approve it too (D10). */
export class OwnApprovalError extends GdprError {
  override readonly name = 'OwnApprovalError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`Request ${requestId} was started by you: another person must approve it`);
  }
}

/** The legal term of a Request cannot be changed so. */
export class DeadlineError extends GdprError {
  override readonly name = 'DeadlineError';
  readonly retryable = false;
  /** @param why completes `The term of this request` */
  constructor(why: string) {
    super(`The term of this request ${why}`);
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
  EngineAddressError: 'UNREACHABLE',
  EngineLicenceError: 'NO_LICENCE',
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

/** A webhook that did not come from who it says, came too late, or is for nobody here: one answer to all (R20). */
export class SignatureRefusedError extends GdprError {
  override readonly name = 'SignatureRefusedError';
  readonly retryable = false;
  constructor() {
    super('The signature or its time is not right, or there is no such connection');
  }
}

/** A ticketing system that does not tell what we ask; worth another try. */
export class TicketSystemError extends GdprError {
  override readonly name = 'TicketSystemError';
  readonly retryable = true;
  override readonly retryAfter: number | undefined;
  /** @param retryAfter seconds of rest that it asked for */
  constructor(what: string, retryAfter?: number) {
    super(`The ticketing system ${what}`);
    this.retryAfter = retryAfter;
  }
}

/** One ticket that is not told as it must be, though its system answers: worth another try, and no reason to spare the others. */
export class TicketUnclearError extends GdprError {
  override readonly name = 'TicketUnclearError';
  readonly retryable = true;
  /** @param what completes `The ticket` */
  constructor(what: string) {
    super(`The ticket ${what}`);
  }
}
