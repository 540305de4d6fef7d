import { DeleteCommand, DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { insertItem } from '../../../../modules/common/adapters/dynamo-insert.ts';
import { listItems, tableOf } from '../../../../modules/common/adapters/dynamo-table.ts';
import { ENTRY, entryKey, keyOf, META } from '../../../../modules/requests/adapters/dynamo-request-items.ts';
import { dynamoRequests } from '../../../../modules/requests/adapters/dynamo-requests.ts';
import { chainFaults } from '../../../../modules/requests/audit/trail.ts';
import { WrongStateError } from '../../../../modules/requests/errors.ts';
import type { Requests } from '../../../../modules/requests/store.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';
import { aFunction, aRequest } from '../../../support/fakes.ts';

let aws: LocalAws;
let requests: Requests;
beforeAll(async () => {
  aws = await startLocalAws();
  requests = dynamoRequests(aws.dynamo, TABLES, { now: () => new Date('2026-11-23T09:00:00Z') }, aFunction);
});
afterAll(() => aws?.stop());

const create = async (): Promise<string> => {
  const requestId = crypto.randomUUID();
  await requests.by({ id: 'caller-1', role: 'person' }).create(aRequest({ requestId }));
  return requestId;
};
const setLast = (requestId: string, last: object) =>
  DynamoDBDocumentClient.from(aws.dynamo).send(
    new UpdateCommand({
      TableName: TABLES.requests,
      Key: keyOf(requestId, META),
      UpdateExpression: 'SET lastEntry = :last',
      ExpressionAttributeValues: { ':last': last },
    }),
  );
const whatOf = async (requestId: string) => (await requests.listEvents(requestId)).map(({ what }) => what);

describe('the audit trail in DynamoDB (R27)', () => {
  it('tells of each write that matters, who and when, in one chain', async () => {
    const requestId = await create();
    await requests.transition(requestId, 'RUNNING');
    await requests.transition(requestId, 'RUNNING');
    await requests
      .by({ id: 'caller-2', role: 'person' })
      .transition(requestId, 'CANCELLING', { cancelRequested: true });
    await requests.transition(requestId, 'CANCELLED');
    await requests.addEvent(requestId, { what: 'link-minted' });

    const events = await requests.listEvents(requestId);
    expect(events.map(({ seq, what, by }) => [seq, what, by.id])).toEqual([
      [1, 'requested', 'caller-1'],
      [2, 'started', 'close-request'],
      [3, 'cancel-asked', 'caller-2'],
      [4, 'cancelled', 'close-request'],
      [5, 'link-minted', 'close-request'],
    ]);
    expect(events[3]).toMatchObject({ state: 'CANCELLED', attempt: 1, at: '2026-11-23T09:00:00.000Z' });
    expect(chainFaults(requestId, events)).toEqual([]);
    expect(await requests.get(requestId)).not.toHaveProperty('lastEntry');
  });

  it('keeps one chain without gaps when many write at once', async () => {
    const requestId = await create();
    await Promise.all(Array.from({ length: 12 }, () => requests.addEvent(requestId, { what: 'link-minted' })));
    const events = await requests.listEvents(requestId);
    expect(events).toHaveLength(13);
    expect(chainFaults(requestId, events)).toEqual([]);
  });

  it('tells nothing of a write that was refused', async () => {
    const requestId = await create();
    await requests.transition(requestId, 'FAILED', { failure: 'X' });
    await expect(requests.transition(requestId, 'RUNNING')).rejects.toThrow(WrongStateError);
    expect(await whatOf(requestId)).toEqual(['requested', 'failed']);
  });

  it('loses no entry of a writer that died right after its write', async () => {
    const requestId = await create();
    await requests.transition(requestId, 'RUNNING');
    const documents = DynamoDBDocumentClient.from(aws.dynamo);
    await documents.send(new DeleteCommand({ TableName: TABLES.audit, Key: entryKey(requestId, 2) }));
    expect(await whatOf(requestId)).toEqual(['requested', 'started']);

    await requests.transition(requestId, 'MERGING');

    expect(await whatOf(requestId)).toEqual(['requested', 'started', 'merging']);
    expect(chainFaults(requestId, await requests.listEvents(requestId))).toEqual([]);
  });

  it('adds an entry by a statement that replaces none', async () => {
    const requestId = await create();
    const [entry] = await requests.listEvents(requestId);
    const trail = tableOf(aws.dynamo, TABLES.audit);
    const forged = { ...entryKey(requestId, 1), ...entry!, what: 'denied' };

    expect(await insertItem(trail, forged)).toBe(false);
    expect(await insertItem(trail, { ...forged, ...entryKey(requestId, 9) })).toBe(true);

    const kept = await listItems(trail, keyOf(requestId, '').pk, ENTRY);
    expect(kept.map(({ what }) => what)).toEqual(['requested', 'denied']);
  });

  it('goes on where an earlier version kept the entries beside the Request, and takes none from there that it has', async () => {
    const requestId = await create();
    await requests.transition(requestId, 'RUNNING');
    const documents = DynamoDBDocumentClient.from(aws.dynamo);
    const before = await requests.listEvents(requestId);
    for (const entry of before) {
      const Key = entryKey(requestId, entry.seq);
      await documents.send(new DeleteCommand({ TableName: TABLES.audit, Key }));
      await documents.send(new PutCommand({ TableName: TABLES.requests, Item: { ...Key, ...entry } }));
    }
    expect(await requests.listEvents(requestId)).toEqual(before);

    await requests.transition(requestId, 'MERGING');
    const Item = { ...entryKey(requestId, 2), ...before[1]!, what: 'denied' };
    await documents.send(new PutCommand({ TableName: TABLES.requests, Item }));

    expect(await whatOf(requestId)).toEqual(['requested', 'started', 'merging']);
    expect(chainFaults(requestId, await requests.listEvents(requestId))).toEqual([]);
  });

  it('shows an entry that was added under a number that is taken, beside the true one (R27)', async () => {
    const requestId = await create();
    await requests.transition(requestId, 'RUNNING');
    const [first, second] = await requests.listEvents(requestId);
    const forged = { ...second!, by: { id: 'somebody-else', role: 'person' } as const };
    const { pk, sk } = entryKey(requestId, 2);
    // With the rights of a function: it adds under a key of its own, and changes the item of the Request.
    expect(await insertItem(tableOf(aws.dynamo, TABLES.audit), { pk, sk: `${sk}-again`, ...forged })).toBe(true);
    await setLast(requestId, forged);

    const events = await requests.listEvents(requestId);
    expect(events).toEqual([first, second, forged]);
    expect(chainFaults(requestId, events)).not.toEqual([]);
  });

  it('shows that the newest entry beside the Request was set back or forged', async () => {
    const requestId = await create();
    await requests.transition(requestId, 'RUNNING');
    const [first, second] = await requests.listEvents(requestId);
    const forge = (last: object) => setLast(requestId, last);
    const faults = async () => chainFaults(requestId, await requests.listEvents(requestId));

    await forge({ ...second!, by: { id: 'somebody-else', role: 'person' } });
    expect(await faults()).not.toEqual([]);
    await forge({ ...first!, what: 'denied' });
    await requests.addEvent(requestId, { what: 'link-minted' });
    expect(await faults()).not.toEqual([]);
    await requests.addEvent(requestId, { what: 'link-minted' });
    expect(await faults()).not.toEqual([]);
  });
});
