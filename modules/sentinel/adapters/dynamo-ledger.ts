import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  changeItem,
  type Item,
  listItems,
  removeItem,
  setting,
  tableOf,
  updateItem,
} from '../../common/adapters/dynamo-table.ts';
import type { LedgerItem, SuppressionLedger } from '../ledger.ts';

const LEDGER = 'LEDGER';

/** In the table of sealed values: one partition, `LEDGER#<hash>` for each name, with `expiresAt` in epoch seconds. */
export function dynamoSuppression(client: DynamoDBClient, tableName: string): SuppressionLedger {
  const table = tableOf(client, tableName);
  const keyOf = (mac: string) => ({ pk: LEDGER, sk: `${LEDGER}#${mac}` });

  /** @returns false when the item is no longer as it was read */
  const move = ({ mac, scans, since }: LedgerItem, to: number, at: Date, seen?: string): Promise<boolean> => {
    const condition = `scans = :scans AND since = :since${seen === undefined ? '' : ' AND nextScanAt = :seen'}`;
    const values = { scans, since, to, at: at.toISOString(), ...(seen !== undefined && { seen }) };
    return changeItem(table, keyOf(mac), 'SET scans = :to, nextScanAt = :at', { condition, values });
  };

  return {
    async enter({ mac, requestId, expiresAt, ...facts }) {
      const set = { ...facts, scans: 0, expiresAt: secondsOf(expiresAt) };
      const change = `${setting(set)}, requestId = if_not_exists(requestId, :requestId)`;
      await updateItem(table, keyOf(mac), change, { values: { ...set, requestId } });
    },
    list: async () => (await listItems(table, LEDGER, LEDGER)).map(itemOf),
    claim: (item, until) => move(item, item.scans, until, item.nextScanAt),
    async settle(item, nextScanAt) {
      await move(item, item.scans + 1, nextScanAt);
    },
    async remove({ mac, expiresAt }) {
      const terms = { condition: 'expiresAt = :seen', values: { seen: secondsOf(expiresAt) } };
      await removeItem(table, keyOf(mac), terms);
    },
  };
}

const secondsOf = (time: string): number => Math.ceil(Date.parse(time) / 1000);

const itemOf = ({ pk: _pk, sk, expiresAt, ...facts }: Item): LedgerItem =>
  ({
    ...facts,
    mac: (sk as string).slice(LEDGER.length + 1),
    expiresAt: new Date((expiresAt as number) * 1000).toISOString(),
  }) as LedgerItem;
