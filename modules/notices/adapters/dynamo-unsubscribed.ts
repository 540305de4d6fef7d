import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';

/** Webhooks that have unsubscribed by answering 410: items `WEBHOOK#<id>` beside the Requests. */
interface Unsubscribed {
  /** True as long as the webhook still has the address that answered 410. */
  has(id: string, url: string): Promise<boolean>;
  add(id: string, url: string, now: Date): Promise<void>;
}

/** Hashed, because an address may hold a key of its receiver. */
const hashOf = (url: string): string => createHash('sha256').update(url).digest('hex');

export function dynamoUnsubscribed(client: DynamoDBClient, table: string): Unsubscribed {
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
