import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';

/** Webhooks that said, by a 410, that they want nothing any more: items `WEBHOOK#<id>` beside the Requests. */
interface PutOff {
  /** True as long as its address is still the one that said so. */
  has(id: string, url: string): Promise<boolean>;
  add(id: string, url: string, now: Date): Promise<void>;
}

/** An address may hold a key of its receiver's. */
const hashOf = (url: string): string => createHash('sha256').update(url).digest('hex');

export function dynamoPutOff(client: DynamoDBClient, table: string): PutOff {
  const documents = DynamoDBDocumentClient.from(client);
  const keyOf = (id: string) => ({ pk: `WEBHOOK#${id}`, sk: 'PUT_OFF' });
  return {
    async has(id, url) {
      const { Item } = await documents.send(new GetCommand({ TableName: table, Key: keyOf(id) }));
      return Item?.urlSha256 === hashOf(url);
    },
    async add(id, url, now) {
      await documents.send(
        new PutCommand({ TableName: table, Item: { ...keyOf(id), urlSha256: hashOf(url), at: now.toISOString() } }),
      );
    },
  };
}
