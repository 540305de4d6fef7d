import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ABSENT, getItem, type Item, putItem, tableOf, updateItem } from '../../common/adapters/dynamo-table.ts';
import { REQUEST_INDEXES } from '../../requests/adapters/dynamo-indexes.ts';
import { DUE, dueItems, keyOf, META } from '../../requests/adapters/dynamo-request-items.ts';
import { channelIdOf, type Message, type Outbox, type Unreported } from '../message.ts';

/** A closed message is kept for this time, so that it is not written again. */
const KEPT_SECONDS = 30 * 24 * 3600;

/** Items `OUTBOX#<notice>`, one for each target. A sparse index holds those that are due, and Requests with unreported entries. */
export function dynamoOutbox(client: DynamoDBClient, tableName: string): Outbox {
  const table = tableOf(client, tableName);
  const { change, items, claim, postpone } = dueItems<Message>(table, REQUEST_INDEXES.outbox, ({ key }) => key);

  return {
    async *due(now) {
      for await (const item of items(now)) yield item.notice ? messageOf(item) : unreportedOf(item);
    },
    async write(notice, targets, now) {
      for (const target of targets) {
        const key = { pk: `OUTBOX#${notice.noticeId}`, sk: channelIdOf(target) };
        const due = { tries: 0, outbox: DUE, outboxDue: notice.at }; // in their own order
        await putItem(table, { ...key, notice, target, since: now.toISOString(), ...due }, ABSENT);
      }
    },
    async markReported({ requestId, newestSeq }) {
      const terms = { condition: 'untoldSeq = :newest', values: { newest: newestSeq } };
      await updateItem(table, keyOf(requestId, META), 'SET toldSeq = :newest REMOVE outbox, outboxDue', terms);
    },
    claim,
    postpone,
    async close(message, how, now) {
      const expiresAt = Math.floor(now.getTime() / 1000) + KEPT_SECONDS;
      const values = { how, at: now.toISOString(), expires: expiresAt };
      await change(message, 'SET ended = :how, endedAt = :at, expiresAt = :expires REMOVE outbox, outboxDue', values);
    },
  };
}

const messageOf = ({ pk, sk, notice, target, tries, since }: Item): Message =>
  ({ key: { pk, sk }, notice, target, tries, since }) as Message;

const unreportedOf = ({ requestId, toldSeq: reportedSeq = 0, untoldSeq: newestSeq }: Item): Unreported =>
  ({ requestId, reportedSeq, newestSeq }) as Unreported;

/** Hashed, because an address may hold a key of its receiver. */
const hashOf = (url: string): string => createHash('sha256').update(url).digest('hex');

/** Webhooks that have unsubscribed by answering 410: items `WEBHOOK#<id>` beside the Requests. */
export function dynamoUnsubscribed(client: DynamoDBClient, tableName: string) {
  const table = tableOf(client, tableName);
  const keyOf = (id: string) => ({ pk: `WEBHOOK#${id}`, sk: 'PUT_OFF' });
  return {
    /** True as long as the webhook still has the address that answered 410. */
    has: async (id: string, url: string) => (await getItem(table, keyOf(id)))?.urlSha256 === hashOf(url),
    async add(id: string, url: string, now: Date) {
      await putItem(table, { ...keyOf(id), urlSha256: hashOf(url), at: now.toISOString() });
    },
  };
}
