import type { SignedCertificate } from '../requests/record.ts';
import { VERIFY_PAGE } from './verify-page-code.ts';

/** `verify.html`: checks certificates and archives in a browser. It loads and sends nothing. */
export const verifyPage = (): string => Buffer.from(VERIFY_PAGE, 'base64').toString();

const PLACE = '<script type="application/json" id="given">';

/** `certificate.html`: the same page around one certificate. What it shows comes from the signed data, and is checked. */
export const certificatePage = (signed: SignedCertificate): string =>
  verifyPage().replace(PLACE, () => PLACE + JSON.stringify(signed).replaceAll('<', '\\u003c'));
