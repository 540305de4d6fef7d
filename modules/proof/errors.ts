import { type ErrorTable, GdprError } from '../common/errors.ts';

/** The Request has no certificate, or its nonce was already handed out. */
export class CertificateUnavailableError extends GdprError {
  override readonly name = 'CertificateUnavailableError';
  readonly retryable = false;
  constructor(what: 'certificate' | 'nonce') {
    super(`The ${what} of this request is not available`);
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

/** The time-stamping authority did not answer, or its answer does not match the query. */
export class WitnessError extends GdprError {
  override readonly name = 'WitnessError';
  readonly retryable = true;
  /** @param why completes `The time-stamping authority` */
  constructor(why: string, options?: { cause: unknown }) {
    super(`The time-stamping authority ${why}`, options);
  }
}

/** What each error of this room means to a caller and to a source. */
export const PROOF_ERRORS = {
  CertificateUnavailableError: { problem: { status: 409, title: 'The certificate is not available' } },
  SigningUnavailableError: {},
  WitnessError: {},
} as const satisfies ErrorTable;
