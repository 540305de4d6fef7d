import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ifMet } from '../../common/adapters/conditional-write.ts';
import type { Clock } from '../../common/ports.ts';
import { SealedItemGoneError } from '../errors.ts';
import type { SealedValues, Vault } from '../vault.ts';

/**
 * Login and Subject as KMS ciphertext in a table of their own (docs/decisions/0020). The encryption context binds each
 * blob to its request and purpose, so a blob in another item cannot be opened.
 * @param table with `pk` = request id, `sk` = purpose, `blob`, `expiresAt` and perhaps `latest` in epoch seconds
 */
export function kmsVault(
  kms: KMSClient,
  dynamo: DynamoDBClient,
  { table, keyId, clock }: { table: string; keyId: string; clock: Clock },
): Vault {
  const documents = DynamoDBDocumentClient.from(dynamo);
  const key = (requestId: string, purpose: string) => ({ pk: requestId, sk: purpose.toUpperCase() });
  const unseal = async <P extends keyof SealedValues>(
    requestId: string,
    purpose: P,
    item: Record<string, unknown> | undefined,
  ): Promise<SealedValues[P]> => {
    if (!item || hasRunOut(item, clock.now())) throw new SealedItemGoneError(purpose);
    const { Plaintext } = await kms.send(
      new DecryptCommand({
        KeyId: keyId,
        CiphertextBlob: item.blob as Uint8Array,
        EncryptionContext: { requestId, purpose },
      }),
    );
    const plaintext = Buffer.from(Plaintext!);
    try {
      return JSON.parse(plaintext.toString()) as SealedValues[P];
    } finally {
      plaintext.fill(0);
    }
  };
  const encrypted = async (requestId: string, purpose: string, value: unknown): Promise<Uint8Array> => {
    const plaintext = Buffer.from(JSON.stringify(value));
    try {
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({ KeyId: keyId, Plaintext: plaintext, EncryptionContext: { requestId, purpose } }),
      );
      return CiphertextBlob!;
    } finally {
      plaintext.fill(0);
    }
  };
  /** Changes one attribute of a value that has not expired. */
  const update = async (requestId: string, purpose: string, attribute: string, value: unknown): Promise<void> => {
    const command = new UpdateCommand({
      TableName: table,
      Key: key(requestId, purpose),
      UpdateExpression: 'SET #attribute = :value',
      ConditionExpression: 'expiresAt > :now',
      ExpressionAttributeNames: { '#attribute': attribute },
      ExpressionAttributeValues: { ':value': value, ':now': epochSeconds(clock.now()) },
    });
    await ifMet(documents.send(command));
  };
  return {
    async seal(requestId, purpose, value, expiresAt, latest) {
      const Item = {
        ...key(requestId, purpose),
        blob: await encrypted(requestId, purpose, value),
        expiresAt: epochSeconds(expiresAt),
        ...(latest && { latest: epochSeconds(latest) }),
      };
      await documents.send(new PutCommand({ TableName: table, Item }));
    },
    async replace(requestId, purpose, value) {
      await update(requestId, purpose, 'blob', await encrypted(requestId, purpose, value));
    },
    async prolong(requestId, purpose, expiresAt) {
      await update(requestId, purpose, 'expiresAt', epochSeconds(expiresAt));
    },
    async hasExpired(requestId, purpose) {
      const { Item } = await documents.send(
        new GetCommand({
          TableName: table,
          Key: key(requestId, purpose),
          ProjectionExpression: 'expiresAt, latest',
          ConsistentRead: true,
        }),
      );
      return Item !== undefined && hasRunOut(Item, clock.now());
    },
    async open(requestId, purpose) {
      const { Item } = await documents.send(
        new GetCommand({ TableName: table, Key: key(requestId, purpose), ConsistentRead: true }),
      );
      return unseal(requestId, purpose, Item);
    },
    async take(requestId, purpose) {
      const { Attributes } = await documents.send(
        new DeleteCommand({ TableName: table, Key: key(requestId, purpose), ReturnValues: 'ALL_OLD' }),
      );
      return unseal(requestId, purpose, Attributes);
    },
    async wipe(requestId, purposes) {
      for (const purpose of purposes) {
        await documents.send(new DeleteCommand({ TableName: table, Key: key(requestId, purpose) }));
      }
    },
  };
}

const epochSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);

const hasRunOut = ({ expiresAt, latest = expiresAt }: Record<string, unknown>, now: Date): boolean =>
  Math.min(Number(expiresAt), Number(latest)) * 1000 <= now.getTime();
