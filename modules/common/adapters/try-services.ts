import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getItem, putItem, removeItem, tableOf } from './dynamo-table.ts';

/** Stands in the place of a request: the rights to these tries reach nothing of any request (infra/access.yaml). */
const DOCTOR = 'doctor';

/** Seals a text and opens it; KMS refuses what has changed. */
export async function trySealKey(kms: KMSClient, KeyId: string): Promise<void> {
  const EncryptionContext = { requestId: DOCTOR, purpose: DOCTOR };
  const sealed = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(DOCTOR), EncryptionContext }));
  await kms.send(new DecryptCommand({ KeyId, CiphertextBlob: sealed.CiphertextBlob, EncryptionContext }));
}

export async function tryTable(client: DynamoDBClient, tableName: string, now: Date): Promise<void> {
  const [table, key] = [tableOf(client, tableName), { pk: DOCTOR, sk: randomUUID() }];
  await putItem(table, { ...key, expiresAt: Math.ceil(now.getTime() / 1000) + 60 });
  await getItem(table, key);
  await removeItem(table, key);
}

export async function tryBucket(s3: S3Client, Bucket: string): Promise<void> {
  const where = { Bucket, Key: `${DOCTOR}/${randomUUID()}` };
  await s3.send(new PutObjectCommand({ ...where, Body: DOCTOR }));
  const { Body } = await s3.send(new GetObjectCommand(where));
  await Body!.transformToByteArray();
  await s3.send(new DeleteObjectCommand(where));
}
