import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { changeItem, getItem, putItem, tableOf, updateItem } from '../../../modules/common/adapters/dynamo-table.ts';
import type { Clock } from '../../../modules/common/ports.ts';
import type { CountCall } from '../caller-limits.ts';
import type { Begun, Idempotency } from '../idempotent.ts';

/** Items `RATE#<caller>` / minute beside the Requests; DynamoDB removes them some time after their minute. */
export function dynamoCallCounter(client: DynamoDBClient, tableName: string): CountCall {
  const table = tableOf(client, tableName);
  return async (callerId, minute) => {
    const key = { pk: `RATE#${callerId}`, sk: String(minute) };
    const values = { one: 1, until: (minute + 5) * 60 };
    const item = await updateItem(table, key, 'SET expiresAt = :until ADD calls :one', { values });
    return item!.calls as number;
  };
}

const TTL_SECONDS = 24 * 60 * 60;
/** Longer than any function behind a route may run: a call without an answer by then has crashed. */
const IN_FLIGHT_SECONDS = 35;

/** Items `IDEMPOTENCY#<call>` beside the Requests; DynamoDB removes them after `expiresAt` (epoch seconds). */
export function dynamoIdempotency(client: DynamoDBClient, tableName: string, clock: Clock): Idempotency {
  const table = tableOf(client, tableName);
  const keyOf = (call: string) => ({ pk: `IDEMPOTENCY#${call}`, sk: 'CALL' });
  const now = () => Math.floor(clock.now().getTime() / 1000);

  /** Creates the item of a key. @returns false when an unexpired one exists */
  const claim = (call: string, mac: string, requestId: string): Promise<boolean> => {
    const times = { busyUntil: now() + IN_FLIGHT_SECONDS, expiresAt: now() + TTL_SECONDS };
    const condition = 'attribute_not_exists(pk) OR expiresAt <= :now';
    return putItem(table, { ...keyOf(call), mac, requestId, ...times }, { condition, values: { now: now() } });
  };

  /** Takes over a call that has crashed. @returns false when another call was faster */
  const takeOver = (call: string, busyUntil: number): Promise<boolean> => {
    const condition = 'busyUntil = :old AND attribute_not_exists(answer)';
    const values = { until: now() + IN_FLIGHT_SECONDS, old: busyUntil };
    return changeItem(table, keyOf(call), 'SET busyUntil = :until', { condition, values });
  };

  return {
    async begin(call, mac, requestId): Promise<Begun> {
      if (await claim(call, mac, requestId)) return { kind: 'first', requestId };
      const item = await getItem(table, keyOf(call));
      if (!item || (item.expiresAt as number) <= now()) return { kind: 'in-flight', waitSeconds: 1 }; // free by now
      if (item.mac !== mac) return { kind: 'other-call' };
      if (item.answer !== undefined) return { kind: 'answered', answer: item.answer as string };
      const wait = (item.busyUntil as number) - now();
      if (wait > 0 || !(await takeOver(call, item.busyUntil as number))) {
        return { kind: 'in-flight', waitSeconds: Math.max(1, wait) };
      }
      return { kind: 'resumed', requestId: item.requestId as string };
    },
    async finish(call, answer) {
      await updateItem(table, keyOf(call), 'SET answer = :answer', { values: { answer } });
    },
    async abandon(call) {
      // not 0: DynamoDB does not remove items that expired years ago
      await updateItem(table, keyOf(call), 'SET expiresAt = :now REMOVE mac', { values: { now: now() } });
    },
  };
}
