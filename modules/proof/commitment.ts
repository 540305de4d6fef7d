import { createHmac } from 'node:crypto';
import type { Subject } from '../requests/subject.ts';
import { canonicalName } from '../requests/subjects/account-name.ts';

/**
 * Binds a certificate to its Subject: whoever has both nonce (base64) and name can show it, with only one of them nobody can.
 * @param version 2: the name in one spelling; 1: as it was typed @returns HMAC-SHA256 of kind and name, hex
 */
export const commitmentTo = ({ kind, name }: Subject, nonce: string, version: 1 | 2 = 2): string =>
  createHmac('sha256', Buffer.from(nonce, 'base64'))
    .update(`${kind}\n${version === 1 ? name.normalize('NFC') : canonicalName({ kind, name })}`)
    .digest('hex');
