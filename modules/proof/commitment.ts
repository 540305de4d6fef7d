import { createHmac } from 'node:crypto';
import type { Subject } from '../requests/subject.ts';

/**
 * Binds a certificate to its Subject: who has the nonce and the name can show it, who has only one of them cannot.
 * @param nonce base64 @returns HMAC-SHA256 of kind and name, hex
 */
export const commitmentTo = ({ kind, name }: Subject, nonce: string): string =>
  createHmac('sha256', Buffer.from(nonce, 'base64'))
    .update(`${kind}\n${name.normalize('NFC')}`)
    .digest('hex');
