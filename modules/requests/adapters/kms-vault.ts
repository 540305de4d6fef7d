import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { getItem, type Item, putItem, removeItem, tableOf, updateItem } from '../../common/adapters/dynamo-table.ts';
import type { Clock } from '../../common/ports.ts';
import { SealedItemGoneError } from '../errors.ts';
import type { SealedValues, Vault } from '../vault.ts';

/** KMS encrypts no more in one call. */
const MAX_KMS_BYTES = 4096;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Ciphertext of KMS; of a longer value that of a key which is used once, and the value encrypted by it. */
type Blob = Uint8Array | { readonly key: Uint8Array; readonly text: Uint8Array };

/**
 * Values as KMS ciphertext (docs/decisions/0020). The encryption context binds each to its request and purpose: no other item opens it.
 * @param table with `pk` = request id, `sk` = purpose, `blob`, `expiresAt` and perhaps `latest` in epoch seconds
 */
export function kmsVault(
  kms: KMSClient,
  dynamo: DynamoDBClient,
  { table, keyId, clock }: { table: string; keyId: string; clock: Clock },
): Vault {
  const sealed = tableOf(dynamo, table);
  const key = (requestId: string, purpose: string) => ({ pk: requestId, sk: purpose.toUpperCase() });
  const open = async <P extends keyof SealedValues>(requestId: string, purpose: P): Promise<SealedValues[P]> => {
    const item = await getItem(sealed, key(requestId, purpose));
    if (!item || hasRunOut(item, clock.now())) throw new SealedItemGoneError(purpose);
    const blob = item.blob as Blob;
    const [CiphertextBlob, text] = blob instanceof Uint8Array ? [blob] : [blob.key, blob.text];
    const command = new DecryptCommand({ KeyId: keyId, CiphertextBlob, EncryptionContext: { requestId, purpose } });
    const opened = Buffer.from((await kms.send(command)).Plaintext!);
    const plaintext = text ? decrypted(opened, text) : opened;
    try {
      return JSON.parse(plaintext.toString()) as SealedValues[P];
    } finally {
      opened.fill(0);
      plaintext.fill(0);
    }
  };
  const encrypted = async (requestId: string, purpose: string, value: unknown): Promise<Blob> => {
    const plaintext = Buffer.from(JSON.stringify(value));
    const isLong = plaintext.length > MAX_KMS_BYTES;
    const Plaintext = isLong ? randomBytes(32) : plaintext;
    try {
      const command = new EncryptCommand({ KeyId: keyId, Plaintext, EncryptionContext: { requestId, purpose } });
      const { CiphertextBlob } = await kms.send(command);
      if (!isLong) return CiphertextBlob!;
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', Plaintext, nonce);
      const text = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
      return { key: CiphertextBlob!, text };
    } finally {
      Plaintext.fill(0);
      plaintext.fill(0);
    }
  };
  const update = async (requestId: string, purpose: string, attribute: string, value: unknown): Promise<void> => {
    const terms = { condition: 'expiresAt > :now', values: { value, now: epochSeconds(clock.now()) } };
    await updateItem(sealed, key(requestId, purpose), `SET #${attribute} = :value`, terms);
  };
  return {
    async seal(requestId, purpose, value, expiresAt, latest) {
      await putItem(sealed, {
        ...key(requestId, purpose),
        blob: await encrypted(requestId, purpose, value),
        expiresAt: epochSeconds(expiresAt),
        ...(latest && { latest: epochSeconds(latest) }),
      });
    },
    async replace(requestId, purpose, value) {
      await update(requestId, purpose, 'blob', await encrypted(requestId, purpose, value));
    },
    prolong: (requestId, purpose, expiresAt) => update(requestId, purpose, 'expiresAt', epochSeconds(expiresAt)),
    async hasExpired(requestId, purpose) {
      const item = await getItem(sealed, key(requestId, purpose));
      return item !== undefined && hasRunOut(item, clock.now());
    },
    open,
    async take(requestId, purpose) {
      const value = await open(requestId, purpose);
      const isOurs = await removeItem(sealed, key(requestId, purpose), { condition: 'attribute_exists(pk)' });
      if (!isOurs) throw new SealedItemGoneError(purpose); // another call was faster
      return value;
    },
    async wipe(requestId, purposes) {
      for (const purpose of purposes) await removeItem(sealed, key(requestId, purpose));
    },
  };
}

function decrypted(key: Buffer, text: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, text.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(text.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(text.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

const epochSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);

const hasRunOut = ({ expiresAt, latest = expiresAt }: Item, now: Date): boolean =>
  Math.min(Number(expiresAt), Number(latest)) * 1000 <= now.getTime();
