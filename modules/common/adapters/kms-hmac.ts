import { createHash } from 'node:crypto';
import { GenerateMacCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Macs } from '../hmac.ts';

/** HMAC-SHA-256 with a KMS key, over the SHA-256 of the text: KMS takes at most 4096 bytes. */
export const kmsMacs = (kms: KMSClient, keyId: string): Macs => ({
  async of(purpose, text) {
    const Message = createHash('sha256').update(`${purpose}\n${text}`).digest();
    const { Mac } = await kms.send(new GenerateMacCommand({ KeyId: keyId, Message, MacAlgorithm: 'HMAC_SHA_256' }));
    return Buffer.from(Mac!).toString('hex');
  },
});
