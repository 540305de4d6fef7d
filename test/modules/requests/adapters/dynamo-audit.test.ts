import { DeleteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { entryKey } from '../../../../modules/requests/adapters/dynamo-request-items.ts';
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
  requests = dynamoRequests(aws.dynamo, TABLES.requests, { now: () => new Date('2026-11-23T09:00:00Z') }, aFunction);
});
afterAll(() => aws?.stop());

const create = async (): Promise<string> => {
  const requestId = crypto.randomUUID();
  await requests.by({ id: 'caller-1', role: 'person' }).create(aRequest({ requestId }));
  return requestId;
};
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
    await documents.send(new DeleteCommand({ TableName: TABLES.requests, Key: entryKey(requestId, 2) }));
    expect(await whatOf(requestId)).toEqual(['requested', 'started']);

    await requests.transition(requestId, 'MERGING');

    expect(await whatOf(requestId)).toEqual(['requested', 'started', 'merging']);
    expect(chainFaults(requestId, await requests.listEvents(requestId))).toEqual([]);
  });
});
