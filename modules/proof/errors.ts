import { type ErrorTable, errorOf } from '../common/errors.ts';

/** The Request has no certificate, or its nonce was already handed out. */
export class CertificateUnavailableError extends errorOf(
  'CertificateUnavailableError',
  (what: 'certificate' | 'nonce') => ({ message: `The ${what} of this request is not available` }),
) {}

export class SigningUnavailableError extends errorOf('SigningUnavailableError', () => ({
  message: 'The key that signs certificates did not answer',
  retryable: true,
})) {}

/** @param why completes `The time-stamping authority` */
export class WitnessError extends errorOf('WitnessError', (why: string) => ({
  message: `The time-stamping authority ${why}`,
  retryable: true,
})) {}

export const PROOF_ERRORS = {
  CertificateUnavailableError: { problem: { status: 409, title: 'The certificate is not available' } },
} as const satisfies ErrorTable;
