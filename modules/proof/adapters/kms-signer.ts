import { createHash } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import type { Signer } from '../certificate.ts';
import { SigningUnavailableError } from '../errors.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Signs with an ECC_NIST_P256 key of KMS: the SHA-256 of a text, since KMS takes no message above 4096 bytes. */
export const kmsSigner = (kms: KMSClient, keyId: string): Signer => ({
  async sign(text) {
    try {
      const Message = createHash('sha256').update(text).digest();
      const signing = { KeyId: keyId, Message, MessageType: 'RAW', SigningAlgorithm: 'ECDSA_SHA_256' } as const;
      const [{ Signature }, { PublicKey }] = await Promise.all([
        kms.send(new SignCommand(signing)),
        kms.send(new GetPublicKeyCommand({ KeyId: keyId })),
      ]);
      return { signature: base64(Signature!), publicKey: base64(PublicKey!) };
    } catch (error) {
      throw new SigningUnavailableError({ cause: error });
    }
  },
});
