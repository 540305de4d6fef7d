import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isMet } from '../../common/adapters/conditional-write.ts';
import type { LedgerItem, SuppressionLedger } from '../rules.ts';

const LEDGER = 'LEDGER';

/** In the table of sealed values: one partition, `LEDGER#<hash>` for each name, with `expiresAt` in epoch seconds. */
export function dynamoSuppression(client: DynamoDBClient, table: string): SuppressionLedger {
  const documents = DynamoDBDocumentClient.from(client);
  const keyOf = (mac: string) => ({ pk: LEDGER, sk: `${LEDGER}#${mac}` });
  const set = (names: readonly string[]) => names.map((name) => `#${name} = :${name}`).join(', ');

  /** @returns false when the item is no longer as it was read */
  const move = async ({ mac, scans, since }: LedgerItem, to: number, at: Date, seen?: string): Promise<boolean> => {
    const command = new UpdateCommand({
      TableName: table,
      Key: keyOf(mac),
      UpdateExpression: 'SET scans = :to, nextScanAt = :at',
      ConditionExpression: `scans = :scans AND since = :since${seen === undefined ? '' : ' AND nextScanAt = :seen'}`,
      ExpressionAttributeValues: {
        ':to': to,
        ':at': at.toISOString(),
        ':scans': scans,
        ':since': since,
        ...(seen !== undefined && { ':seen': seen }),
      },
    });
    return isMet(documents.send(command));
  };

  return {
    async enter({ mac, requestId, expiresAt, ...facts }) {
      const values = { ...facts, scans: 0, expiresAt: secondsOf(expiresAt) };
      const entries = Object.entries(values);
      await documents.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(mac),
          UpdateExpression: `SET ${set(Object.keys(values))}, #requestId = if_not_exists(#requestId, :requestId)`,
          ExpressionAttributeNames: Object.fromEntries(
            [...Object.keys(values), 'requestId'].map((name) => [`#${name}`, name]),
          ),
          ExpressionAttributeValues: Object.fromEntries(
            [...entries, ['requestId', requestId]].map(([name, value]) => [`:${name}`, value]),
          ),
        }),
      );
    },
    async list() {
      const items: LedgerItem[] = [];
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': LEDGER },
      };
      for await (const { Items = [] } of paginateQuery({ client: documents }, query)) items.push(...Items.map(itemOf));
      return items;
    },
    claim: (item, until) => move(item, item.scans, until, item.nextScanAt),
    async settle(item, nextScanAt) {
      await move(item, item.scans + 1, nextScanAt);
    },
    async remove({ mac, expiresAt }) {
      const command = new DeleteCommand({
        TableName: table,
        Key: keyOf(mac),
        ConditionExpression: 'expiresAt = :seen',
        ExpressionAttributeValues: { ':seen': secondsOf(expiresAt) },
      });
      await isMet(documents.send(command));
    },
  };
}

const secondsOf = (time: string): number => Math.ceil(Date.parse(time) / 1000);

const itemOf = ({ pk: _pk, sk, expiresAt, ...facts }: Record<string, unknown>): LedgerItem =>
  ({
    ...facts,
    mac: (sk as string).slice(LEDGER.length + 1),
    expiresAt: new Date((expiresAt as number) * 1000).toISOString(),
  }) as LedgerItem;
