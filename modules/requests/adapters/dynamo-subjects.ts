import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { getItem, type Item, listItems, putItem, removeItem, tableOf } from '../../common/adapters/dynamo-table.ts';
import type { Clock } from '../../common/ports.ts';
import type { Noted, Subjects } from '../subjects/subject-index.ts';

const REQUEST = 'REQ#';
/** Sort key of the right to anonymize a Subject. */
const CLAIM = { sk: 'ANONYMIZATION' };
/** Longer than any run. The claim of a killed start then expires. */
const CLAIM_SECONDS = 7 * 86_400;

/** `SUBJECT#<hash>` with `REQ#<id>` of each Request and `ANONYMIZATION` of the one that may; `SUBJECT#OF#<id>` with its hash. */
export function dynamoSubjects(client: DynamoDBClient, tableName: string, clock: Clock): Subjects {
  const table = tableOf(client, tableName);
  const now = () => Math.floor(clock.now().getTime() / 1000);
  const about = (mac: string) => ({ pk: `SUBJECT#${mac}` });
  const entryOf = (mac: string, requestId: string) => ({ ...about(mac), sk: REQUEST + requestId });
  const of = (requestId: string) => ({ pk: `SUBJECT#OF#${requestId}`, sk: 'MAC' });
  const isLive = (item: Item | undefined) => item !== undefined && (item.expiresAt as number) > now();
  const get = async (key: Record<string, string>): Promise<Item | undefined> => {
    const item = await getItem(table, key);
    return isLive(item) ? item : undefined;
  };

  return {
    async requestsAbout(mac) {
      const live = (await listItems(table, about(mac).pk, REQUEST)).filter(isLive);
      return live.map(({ sk, since }) => ({ requestId: (sk as string).slice(REQUEST.length), since: since as string }));
    },
    async note(mac, requestId, expiresAt) {
      const until = { expiresAt: Math.floor(expiresAt.getTime() / 1000) };
      await putItem(table, { ...entryOf(mac, requestId), since: clock.now().toISOString(), ...until });
      await putItem(table, { ...of(requestId), mac, ...until }); // last: the first item is enough to find and remove both
    },
    macOf: async (requestId) => (await get(of(requestId)))?.mac as string | undefined,
    async claim(mac, requestId, from): Promise<Noted | undefined> {
      const times = { since: clock.now().toISOString(), expiresAt: now() + CLAIM_SECONDS };
      const isMine = 'attribute_not_exists(pk) OR requestId = :own';
      const condition = from ? `${isMine} OR (requestId = :from AND since = :since)` : isMine;
      const values = { own: requestId, ...(from && { from: from.requestId, since: from.since }) };
      const item = { ...about(mac), ...CLAIM, requestId, ...times };
      const isClaimed = await putItem(table, item, { condition, values });
      if (isClaimed) return undefined;
      const { requestId: holder = '', since = '' } = (await get({ ...about(mac), ...CLAIM })) ?? {};
      return { requestId: holder as string, since: since as string };
    },
    async release(mac, requestId) {
      const terms = { condition: 'requestId = :own', values: { own: requestId } };
      await removeItem(table, { ...about(mac), ...CLAIM }, terms);
    },
    async forget(mac, requestIds, last) {
      if (last !== undefined) await removeItem(table, entryOf(mac, last));
      for (const requestId of requestIds) {
        if (requestId === last) continue;
        await removeItem(table, of(requestId));
        await removeItem(table, entryOf(mac, requestId));
      }
      if (last !== undefined) await removeItem(table, of(last));
    },
  };
}
