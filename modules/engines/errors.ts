import { type ErrorTable, errorOf, type GdprError } from '../common/errors.ts';
import type { Finding } from './contact/finding.ts';

/** An Engine refused the connection, broke off or answered 5xx. */
export class EngineUnavailableError extends errorOf(
  'EngineUnavailableError',
  /** @param unsent no connection was made: the login was not sent @param retryAfter seconds to wait, as the Engine asked */
  (engineId: string, facts?: ErrorOptions & { readonly unsent?: boolean }, retryAfter?: number) => ({
    message: `Engine ${engineId} did not answer`,
    cause: facts?.cause,
    unsent: facts?.unsent ?? false,
    retryAfter,
    retryable: true,
  }),
) {}

export class EngineTimeoutError extends errorOf('EngineTimeoutError', (engineId: string, seconds: number) => ({
  message: `Engine ${engineId} did not answer within ${seconds} s`,
  retryable: true,
})) {}

export class EngineTlsError extends errorOf('EngineTlsError', (engineId: string) => ({
  message: `Engine ${engineId} shows a certificate that is not trusted; set its trust in settings.json`,
})) {}

/** An Engine refused the login, 401 or 403. Never retried: accounts lock. */
export class EngineAuthError extends errorOf('EngineAuthError', (engineId: string) => ({
  message: `Engine ${engineId} refused the login`,
})) {}

/** An Engine refused a statement that it should know, 400. */
export class EngineQueryRejectedError extends errorOf(
  'EngineQueryRejectedError',
  /** @param options names that the Engine offered instead, as on its error page; `undefined` when it has no list */
  (engineId: string, file: string, options?: readonly string[]) => ({
    message: `Engine ${engineId} refused the query for ${file}`,
    options,
  }),
) {}

/** The rows of an answer cannot be read: too many bytes, or a broken record. A smaller query may work. */
export class EngineRowsError extends errorOf('EngineRowsError', (engineId: string, what: string) => ({
  message: `Engine ${engineId} answered with ${what}`,
})) {}

/** True for a fault of one answer: the Engine may still be queried for other tables. */
export const isAboutOneAnswer = (error: unknown): error is EngineAnswerError | EngineRowsError =>
  error instanceof EngineAnswerError || error instanceof EngineRowsError;

/** An Engine answered with something that is not its data: a web page, a redirect, another header. */
export class EngineAnswerError extends errorOf(
  'EngineAnswerError',
  /** @param reason why it does not count; a gap of the archive names it */
  (engineId: string, what: string, reason?: 'EngineAnswerError' | 'COLUMNS_MISSING') => ({
    message: `Engine ${engineId} answered with ${what}`,
    reason: reason ?? 'EngineAnswerError',
  }),
) {}

/** Why an answer was lost, for the gap that names it. */
export const reasonOf = (error: GdprError): string => (error instanceof EngineAnswerError ? error.reason : error.name);

/** The result, or the reason of an error that is about one answer alone, or that is `also` no more than that. */
export const orReason = <T>(result: Promise<T>, also?: typeof EngineUnavailableError): Promise<T | string> =>
  result.catch((error: unknown) => {
    if (isAboutOneAnswer(error) || (also && error instanceof also)) return reasonOf(error);
    throw error;
  });

/** True for a reason of `reasonOf`: what is missing is a fault of the Engine, not a limit of its version. */
export const isFault = (reason: string): boolean => reason.endsWith('Error') || reason === 'COLUMNS_MISSING';

/** An Engine is listed but not `CONNECTED`, or federated but not listed (R5). */
export class EngineNotConnectedError extends errorOf('EngineNotConnectedError', (engineId: string) => ({
  message: `Engine ${engineId} is not connected to the Portal`,
})) {}

/** An Engine is listed with fields that cannot be used (R5). */
export class EngineEntryError extends errorOf('EngineEntryError', (engineId: string) => ({
  message: `Engine ${engineId} is listed by the Portal without usable facts; see \`gdpr engines --check\``,
})) {}

export class EngineLicenceError extends errorOf('EngineLicenceError', (engineId: string) => ({
  message: `Engine ${engineId} has no licence for the Web API (Nexthink Integrate)`,
})) {}

/** The address of an Engine leads to this machine or to its cloud's own services, not to an Engine. */
export class EngineAddressError extends errorOf('EngineAddressError', (engineId: string) => ({
  message: `Engine ${engineId} has a loopback or link-local address, which is not queried; set its host in settings.json`,
})) {}

/** Another worker has taken over: this one must not commit its results. */
export class OvertakenError extends errorOf('OvertakenError', (sourceId: string) => ({
  message: `Another worker has taken over ${sourceId}`,
  retryable: true,
})) {}

/** @param what completes the sentence, with the setting to change where there is one */
export class PortalApiUnavailableError extends errorOf('PortalApiUnavailableError', (what?: string) => ({
  message: `The List Engines API of the Portal ${what ?? 'did not answer'}`,
  retryable: true,
})) {}

export class LoginRefusedError extends errorOf('LoginRefusedError', (by?: 'An Engine') => ({
  message: `${by ?? 'The Portal'} refused this user name or password${by ? ' (or the account lacks full access)' : ''}; to change: login, or the secret of serviceAccount.secretId`,
})) {}

export class LoginInsufficientError extends errorOf('LoginInsufficientError', () => ({
  message: 'The Engines refused this account: it needs Data privacy "none (full access)" and Finder access',
})) {}

const MAX_NAMED = 12;

export class LoginNotVerifiableError extends errorOf(
  'LoginNotVerifiableError',
  (engines: readonly { name: string; findings: readonly Finding[] }[]) => {
    const named = engines
      .slice(0, MAX_NAMED)
      .flatMap(({ name, findings }) =>
        findings.map(({ detail, setting }) => `${name}: ${detail} (to change: ${setting}).`),
      );
    const more = engines.length > MAX_NAMED ? [`And ${engines.length - MAX_NAMED} more Engines.`] : [];
    const what = 'No Engine could prove that the account sees all data, so nothing was started.';
    return { message: [what, ...named, ...more].join(' ') };
  },
) {}

export class NoFederatedEngineError extends errorOf('NoFederatedEngineError', () => ({
  message: 'Engine data was requested, but no Engine is federated',
})) {}

export const ENGINE_ERRORS = {
  EngineUnavailableError: { sourceState: 'UNREACHABLE' },
  EngineTimeoutError: { sourceState: 'TIMED_OUT' },
  EngineTlsError: { sourceState: 'TLS_FAILED' },
  EngineAuthError: { sourceState: 'AUTH_FAILED' },
  EngineQueryRejectedError: { sourceState: 'REJECTED_QUERY' },
  EngineNotConnectedError: { sourceState: 'UNREACHABLE' },
  EngineEntryError: { sourceState: 'UNREACHABLE' },
  EngineLicenceError: { sourceState: 'NO_LICENCE' },
  EngineAddressError: { sourceState: 'UNREACHABLE' },
  PortalApiUnavailableError: { problem: { status: 503, title: 'The Portal does not answer' } },
  LoginRefusedError: { problem: { status: 403, title: 'User name or password is wrong' } },
  LoginInsufficientError: { problem: { status: 403, title: 'The account may not see all data' } },
  LoginNotVerifiableError: { problem: { status: 503, title: 'No Engine can prove the account' } },
  NoFederatedEngineError: { problem: { status: 409, title: 'There is no Engine' } },
} as const satisfies ErrorTable;
