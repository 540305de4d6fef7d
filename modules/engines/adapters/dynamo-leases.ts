import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ifMet, isMet } from '../../common/adapters/conditional-write.ts';
import type { Clock } from '../../common/ports.ts';
import type { Leases } from '../leases.ts';

/** A holder without a sign of life for this long counts as dead. */
const LEASE_SECONDS = 30;
const MIN_WAIT_SECONDS = 1;
const MAX_WAIT_SECONDS = 60;

/**
 * Leases in DynamoDB, one item `LEASE#<engineId>` per Engine. It is never removed, not even by TTL: its token must go on growing.
 * The clock of the next worker decides whether a lease has expired.
 */
export function dynamoLeases(
  client: DynamoDBClient,
  table: string,
  { clock, seconds = LEASE_SECONDS }: { readonly clock: Clock; readonly seconds?: number },
): Leases {
  const documents = DynamoDBDocumentClient.from(client);
  const keyOf = (engineId: string) => ({ pk: `LEASE#${engineId}`, sk: 'LEASE' });
  const names = { '#until': 'until', '#token': 'token', '#holder': 'holder' };

  /** @returns false when the lease is no longer the one with this token */
  const change = async (engineId: string, token: number, expression: string, values = {}): Promise<boolean> => {
    const update = new UpdateCommand({
      TableName: table,
      Key: keyOf(engineId),
      UpdateExpression: expression,
      ConditionExpression: '#token = :token AND attribute_exists(#holder)',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ':token': token, ...values },
    });
    return isMet(documents.send(update));
  };

  return {
    async acquire(engineId, holder) {
      const now = clock.now().getTime();
      const update = new UpdateCommand({
        TableName: table,
        Key: keyOf(engineId),
        UpdateExpression: 'SET #holder = :holder, #until = :until, #since = :now ADD #token :one',
        ConditionExpression: 'attribute_not_exists(#holder) OR #until <= :now',
        ExpressionAttributeNames: { ...names, '#since': 'since' },
        ExpressionAttributeValues: { ':holder': holder, ':until': now + seconds * 1000, ':now': now, ':one': 1 },
        ReturnValues: 'UPDATED_NEW',
      });
      const taken = await ifMet(documents.send(update));
      if (taken) return { token: taken.Attributes!.token as number, seconds };
      const { Item } = await documents.send(
        new GetCommand({ TableName: table, Key: keyOf(engineId), ConsistentRead: true }),
      );
      return { waitSeconds: waitFor(now - ((Item?.since as number | undefined) ?? now)) };
    },
    renew: (engineId, token) =>
      change(engineId, token, 'SET #until = :until', { ':until': clock.now().getTime() + seconds * 1000 }),
    async release(engineId, token) {
      await change(engineId, token, 'REMOVE #holder, #until');
    },
  };
}

/**
 * About as long as the other worker has held the Engine already: the end of a short lease is noticed soon, a long one costs few
 * transitions, of which an execution has a limited number.
 */
const waitFor = (heldMs: number): number =>
  Math.min(MAX_WAIT_SECONDS, Math.max(MIN_WAIT_SECONDS, Math.round(heldMs / 1000)));
