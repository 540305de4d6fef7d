import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { ifMet, isMet } from '../../common/adapters/conditional-write.ts';
import type { Clock } from '../../common/ports.ts';
import type { Noted, Subjects } from '../subjects/subject-index.ts';

const REQUEST = 'REQ#';
/** Sort key of the right to anonymize a Subject. */
const CLAIM = { sk: 'ANONYMIZATION' };
/** Longer than any run. The claim of a killed start then expires. */
const CLAIM_SECONDS = 7 * 86_400;

/**
 * In the table of sealed values: `SUBJECT#<hash>` with one `REQ#<id>` for each Request and `ANONYMIZATION` for the one
 * that may anonymize, and `SUBJECT#OF#<id>` with the hash of a Request's Subject. `expiresAt` is in epoch seconds.
 */
export function dynamoSubjects(client: DynamoDBClient, table: string, clock: Clock): Subjects {
  const documents = DynamoDBDocumentClient.from(client);
  const now = () => Math.floor(clock.now().getTime() / 1000);
  const about = (mac: string) => ({ pk: `SUBJECT#${mac}` });
  const entryOf = (mac: string, requestId: string) => ({ ...about(mac), sk: REQUEST + requestId });
  const of = (requestId: string) => ({ pk: `SUBJECT#OF#${requestId}`, sk: 'MAC' });
  const put = (Item: Record<string, unknown>) => documents.send(new PutCommand({ TableName: table, Item }));
  const remove = (Key: Record<string, string>) => documents.send(new DeleteCommand({ TableName: table, Key }));
  const get = async (Key: Record<string, string>): Promise<Record<string, unknown> | undefined> => {
    const { Item } = await documents.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    return Item && (Item.expiresAt as number) > now() ? Item : undefined;
  };

  const requestsAbout = async (mac: string): Promise<Noted[]> => {
    const { Items = [] } = await documents.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :request)',
        ExpressionAttributeValues: { ':pk': about(mac).pk, ':request': REQUEST },
      }),
    );
    const live = Items.filter(({ expiresAt }) => (expiresAt as number) > now());
    return live.map(({ sk, since }) => ({
      requestId: (sk as string).slice(REQUEST.length),
      since: since as string,
    }));
  };

  return {
    requestsAbout,
    async note(mac, requestId, expiresAt) {
      const until = { expiresAt: Math.floor(expiresAt.getTime() / 1000) };
      await put({ ...entryOf(mac, requestId), since: clock.now().toISOString(), ...until });
      await put({ ...of(requestId), mac, ...until }); // last: the first item is enough to find and remove both
    },
    macOf: async (requestId) => (await get(of(requestId)))?.mac as string | undefined,
    async claim(mac, requestId, from): Promise<Noted | undefined> {
      const claim = new PutCommand({
        TableName: table,
        Item: {
          ...about(mac),
          ...CLAIM,
          requestId,
          since: clock.now().toISOString(),
          expiresAt: now() + CLAIM_SECONDS,
        },
        ConditionExpression: [
          'attribute_not_exists(pk) OR requestId = :own',
          ...(from ? ['(requestId = :from AND since = :since)'] : []),
        ].join(' OR '),
        ExpressionAttributeValues: {
          ':own': requestId,
          ...(from && { ':from': from.requestId, ':since': from.since }),
        },
      });
      if (await isMet(documents.send(claim))) return undefined;
      const { requestId: holder = '', since = '' } = (await get({ ...about(mac), ...CLAIM })) ?? {};
      return { requestId: holder as string, since: since as string };
    },
    async release(mac, requestId) {
      const release = new DeleteCommand({
        TableName: table,
        Key: { ...about(mac), ...CLAIM },
        ConditionExpression: 'requestId = :own',
        ExpressionAttributeValues: { ':own': requestId },
      });
      await ifMet(documents.send(release));
    },
    async forget(mac, requestIds, last) {
      if (last !== undefined) await remove(entryOf(mac, last));
      for (const requestId of requestIds) {
        if (requestId === last) continue;
        await remove(of(requestId));
        await remove(entryOf(mac, requestId));
      }
      if (last !== undefined) await remove(of(last));
    },
  };
}
