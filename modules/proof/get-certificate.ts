import * as z from 'zod';
import { SealedItemGoneError } from '../requests/errors.ts';
import type { SignedCertificate } from '../requests/record.ts';
import type { RequestPorts } from '../requests/store.ts';
import type { SealedPorts } from '../requests/vault.ts';
import { CertificateUnavailableError } from './errors.ts';
import { VERIFY_PAGE } from './verify-page-code.ts';

export const Nonce = z
  .strictObject({ nonce: z.string() })
  .describe("Key of the certificate's commitment, base64; handed out once");

/** The signed proof of a completed anonymization (R27). @throws {RequestNotFoundError | CertificateUnavailableError} */
export async function getCertificate(requestId: string, { requests }: Pick<RequestPorts, 'requests'>) {
  const { certificate } = await requests.get(requestId);
  if (!certificate) throw new CertificateUnavailableError('certificate');
  return certificate;
}

/** Hands out the commitment's key, base64, and deletes it: here, names could be guessed. @throws {CertificateUnavailableError} */
export async function takeNonce(requestId: string, { requests, vault, log }: Omit<SealedPorts, 'clock'>) {
  const { certificate } = await requests.get(requestId);
  if (!certificate) throw new CertificateUnavailableError('nonce');
  try {
    await vault.open(requestId, 'nonce');
    await requests.addEvent(requestId, { what: 'nonce-handed-out' }); // first: when it fails, the nonce is not lost
    const nonce = await vault.take(requestId, 'nonce');
    log.info('nonce handed out', { requestId });
    return { nonce };
  } catch (error) {
    throw error instanceof SealedItemGoneError ? new CertificateUnavailableError('nonce') : error;
  }
}

/** `verify.html`: checks certificates and archives in a browser. It loads and sends nothing. */
export const verifyPage = (): string => Buffer.from(VERIFY_PAGE, 'base64').toString();

const PLACE = '<script type="application/json" id="given">';

/** `certificate.html`: the same page around one certificate. What it shows comes from the signed data, and is checked. */
export const certificatePage = (signed: SignedCertificate): string =>
  verifyPage().replace(PLACE, () => PLACE + JSON.stringify(signed).replaceAll('<', '\\u003c'));
