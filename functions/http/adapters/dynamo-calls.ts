import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isMet } from '../../../modules/common/adapters/conditional-write.ts';
import type { Clock } from '../../../modules/common/ports.ts';
import type { CallCounter } from '../caller-limits.ts';
import type { Begun, Idempotency } from '../idempotency.ts';

/** Items `RATE#<caller>` / minute beside the Requests; DynamoDB removes them some time after their minute. */
export function dynamoCallCounter(client: DynamoDBClient, table: string): CallCounter {
  const documents = DynamoDBDocumentClient.from(client);
  return {
    async add(callerId, minute) {
      const { Attributes } = await documents.send(
        new UpdateCommand({
          TableName: table,
          Key: { pk: `RATE#${callerId}`, sk: String(minute) },
          UpdateExpression: 'SET expiresAt = :until ADD calls :one',
          ExpressionAttributeValues: { ':one': 1, ':until': (minute + 5) * 60 },
          ReturnValues: 'UPDATED_NEW',
        }),
      );
      return Attributes!.calls as number;
    },
  };
}

const TTL_SECONDS = 24 * 60 * 60;
/** Longer than any function behind a route may run: a call without an answer by then has crashed. */
const IN_FLIGHT_SECONDS = 35;

/** Items `IDEMPOTENCY#<call>` beside the Requests; DynamoDB removes them after `expiresAt` (epoch seconds). */
export function dynamoIdempotency(client: DynamoDBClient, table: string, clock: Clock): Idempotency {
  const documents = DynamoDBDocumentClient.from(client);
  const keyOf = (call: string) => ({ pk: `IDEMPOTENCY#${call}`, sk: 'CALL' });
  const now = () => Math.floor(clock.now().getTime() / 1000);

  /** Creates the item of a key. @returns false when an unexpired one exists */
  const claim = (call: string, mac: string, requestId: string): Promise<boolean> => {
    const times = { busyUntil: now() + IN_FLIGHT_SECONDS, expiresAt: now() + TTL_SECONDS };
    return isMet(
      documents.send(
        new PutCommand({
          TableName: table,
          Item: { ...keyOf(call), mac, requestId, ...times },
          ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
          ExpressionAttributeValues: { ':now': now() },
        }),
      ),
    );
  };

  /** Takes over a call that has crashed. @returns false when another call was faster */
  const takeOver = (call: string, busyUntil: number): Promise<boolean> =>
    isMet(
      documents.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(call),
          UpdateExpression: 'SET busyUntil = :until',
          ConditionExpression: 'busyUntil = :old AND attribute_not_exists(answer)',
          ExpressionAttributeValues: { ':until': now() + IN_FLIGHT_SECONDS, ':old': busyUntil },
        }),
      ),
    );

  return {
    async begin(call, mac, requestId): Promise<Begun> {
      if (await claim(call, mac, requestId)) return { kind: 'first', requestId };
      const { Item } = await documents.send(
        new GetCommand({ TableName: table, Key: keyOf(call), ConsistentRead: true }),
      );
      if (!Item || (Item.expiresAt as number) <= now()) return { kind: 'in-flight', waitSeconds: 1 }; // free by now
      if (Item.mac !== mac) return { kind: 'other-call' };
      if (Item.answer !== undefined) return { kind: 'answered', answer: Item.answer as string };
      const wait = (Item.busyUntil as number) - now();
      if (wait > 0 || !(await takeOver(call, Item.busyUntil as number))) {
        return { kind: 'in-flight', waitSeconds: Math.max(1, wait) };
      }
      return { kind: 'resumed', requestId: Item.requestId as string };
    },
    async finish(call, answer) {
      await documents.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(call),
          UpdateExpression: 'SET answer = :answer',
          ExpressionAttributeValues: { ':answer': answer },
        }),
      );
    },
    async abandon(call) {
      await documents.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(call),
          UpdateExpression: 'SET expiresAt = :now REMOVE mac', // not 0: DynamoDB does not remove items that expired years ago
          ExpressionAttributeValues: { ':now': now() },
        }),
      );
    },
  };
}
