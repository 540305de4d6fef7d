import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { isMet } from '../../common/adapters/conditional-write.ts';
import { REQUEST_INDEXES } from '../../requests/adapters/dynamo-indexes.ts';
import { DUE, dueItems, keyOf, META } from '../../requests/adapters/dynamo-request-items.ts';
import { channelIdOf, type Message } from '../message.ts';
import type { Outbox, Unreported } from '../outbox.ts';

/** A closed message is kept for this time, so that it is not written again. */
const KEPT_SECONDS = 30 * 24 * 3600;

/**
 * The outbox in the table of Requests. A sparse index holds the Requests with unreported entries, by a mark on their item,
 * and the messages that are due: items `OUTBOX#<notice>` with one sort key for each target.
 */
export function dynamoOutbox(client: DynamoDBClient, table: string): Outbox {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

  /** Changes a message if it is as it was read. @returns false when it has changed */
  const change = ({ key, tries }: Message, UpdateExpression: string, values: Record<string, unknown>) =>
    update({
      Key: key,
      UpdateExpression,
      ConditionExpression: 'tries = :seen AND attribute_exists(outbox)',
      ExpressionAttributeValues: { ':seen': tries, ...values },
    });

  const update = (input: Omit<UpdateCommandInput, 'TableName'>): Promise<boolean> =>
    isMet(documents.send(new UpdateCommand({ TableName: table, ...input })));

  return {
    async *due(now) {
      const query = dueItems(table, REQUEST_INDEXES.outbox, now);
      for await (const { Items = [] } of paginateQuery({ client: documents }, query)) {
        yield* Items.map((item) => (item.notice ? messageOf(item) : unreportedOf(item)));
      }
    },
    async write(notice, targets, now) {
      for (const target of targets) {
        const key = { pk: `OUTBOX#${notice.noticeId}`, sk: channelIdOf(target) };
        const since = now.toISOString();
        const Item = { ...key, notice, target, since, tries: 0, outbox: DUE, outboxDue: notice.at }; // in their own order
        const ConditionExpression = 'attribute_not_exists(pk)';
        await isMet(documents.send(new PutCommand({ TableName: table, Item, ConditionExpression })));
      }
    },
    async markReported({ requestId, newestSeq }) {
      await update({
        Key: keyOf(requestId, META),
        UpdateExpression: 'SET toldSeq = :newest REMOVE outbox, outboxDue',
        ConditionExpression: 'untoldSeq = :newest',
        ExpressionAttributeValues: { ':newest': newestSeq },
      });
    },
    claim: (message, until) =>
      change(message, 'SET outboxDue = :until, tries = tries + :one', { ':until': until.toISOString(), ':one': 1 }),
    async postpone(message, until) {
      await change(message, 'SET outboxDue = :until', { ':until': until.toISOString() });
    },
    async close(message, how, now) {
      const expiresAt = Math.floor(now.getTime() / 1000) + KEPT_SECONDS;
      const values = { ':how': how, ':at': now.toISOString(), ':expires': expiresAt };
      await change(message, 'SET ended = :how, endedAt = :at, expiresAt = :expires REMOVE outbox, outboxDue', values);
    },
  };
}

const messageOf = ({ pk, sk, notice, target, tries, since }: Record<string, unknown>): Message =>
  ({ key: { pk, sk }, notice, target, tries, since }) as Message;

const unreportedOf = ({
  requestId,
  toldSeq: reportedSeq = 0,
  untoldSeq: newestSeq,
}: Record<string, unknown>): Unreported => ({ requestId, reportedSeq, newestSeq }) as Unreported;

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
