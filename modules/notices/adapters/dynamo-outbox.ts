import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { REQUEST_INDEXES } from '../../requests/adapters/dynamo-indexes.ts';
import { DUE } from '../../requests/adapters/dynamo-outbox-mark.ts';
import { keyOf, META } from '../../requests/adapters/dynamo-request-items.ts';
import { type Letter, outletIdOf } from '../message.ts';
import type { Outbox, Untold } from '../outbox.ts';

/** A letter that has ended is kept so long, so that it is not written again. */
const KEPT_SECONDS = 30 * 24 * 3600;

/**
 * The outbox in the table of Requests: a sparse index holds the Requests of which somebody is to be told, by a mark on their
 * item, and the letters that are due, items `OUTBOX#<notice>` with one sort key for each target.
 */
export function dynamoOutbox(client: DynamoDBClient, table: string): Outbox {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

  /** Changes a letter that is as it was read. @returns false when it no longer is */
  const change = ({ key, tries }: Letter, UpdateExpression: string, values: Record<string, unknown>) =>
    happens(
      new UpdateCommand({
        TableName: table,
        Key: key,
        UpdateExpression,
        ConditionExpression: 'tries = :seen AND attribute_exists(outbox)',
        ExpressionAttributeValues: { ':seen': tries, ...values },
      }),
    );

  const happens = async (command: PutCommand | UpdateCommand): Promise<boolean> => {
    try {
      await (command instanceof PutCommand ? documents.send(command) : documents.send(command));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    async *due(now) {
      const { name, partitionKey, sortKey } = REQUEST_INDEXES.outbox;
      const query = {
        TableName: table,
        IndexName: name,
        KeyConditionExpression: '#outbox = :due AND #at <= :now',
        ExpressionAttributeNames: { '#outbox': partitionKey, '#at': sortKey },
        ExpressionAttributeValues: { ':due': DUE, ':now': now.toISOString() },
      };
      for await (const { Items = [] } of paginateQuery({ client: documents }, query)) {
        yield* Items.map((item) => (item.notice ? letterOf(item) : untoldOf(item)));
      }
    },
    async write(notice, targets, now) {
      for (const target of targets) {
        const key = { pk: `OUTBOX#${notice.noticeId}`, sk: outletIdOf(target) };
        const since = now.toISOString();
        const Item = { ...key, notice, target, since, tries: 0, outbox: DUE, outboxDue: notice.at }; // in their own order
        await happens(new PutCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' }));
      }
    },
    async markTold({ requestId, newestSeq }) {
      await happens(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(requestId, META),
          UpdateExpression: 'SET toldSeq = :newest REMOVE outbox, outboxDue',
          ConditionExpression: 'untoldSeq = :newest',
          ExpressionAttributeValues: { ':newest': newestSeq },
        }),
      );
    },
    takeUp: (letter, until) =>
      change(letter, 'SET outboxDue = :until, tries = tries + :one', { ':until': until.toISOString(), ':one': 1 }),
    async postpone(letter, until) {
      await change(letter, 'SET outboxDue = :until', { ':until': until.toISOString() });
    },
    async close(letter, how, now) {
      const expiresAt = Math.floor(now.getTime() / 1000) + KEPT_SECONDS;
      const values = { ':how': how, ':at': now.toISOString(), ':expires': expiresAt };
      await change(letter, 'SET ended = :how, endedAt = :at, expiresAt = :expires REMOVE outbox, outboxDue', values);
    },
  };
}

const letterOf = ({ pk, sk, notice, target, tries, since }: Record<string, unknown>): Letter =>
  ({ key: { pk, sk }, notice, target, tries, since }) as Letter;

const untoldOf = ({ requestId, toldSeq = 0, untoldSeq }: Record<string, unknown>): Untold =>
  ({ requestId, toldSeq, newestSeq: untoldSeq }) as Untold;
