import { afterAll, beforeAll, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { dynamoOpenRequests } from '../../../../modules/requests/adapters/dynamo-request-list.ts';
import { dynamoRequests } from '../../../../modules/requests/adapters/dynamo-requests.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';
import { aFunction, aRequest } from '../../../support/fakes.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws?.stop());

it('lists Requests until each is put away, whatever is written to them', async () => {
  const requests = dynamoRequests(aws.dynamo, TABLES, { now: () => new Date() }, aFunction);
  const open = dynamoOpenRequests(aws.dynamo, TABLES.requests);
  const listed = async () => {
    const found: string[] = [];
    for await (const requestId of open.list()) found.push(requestId);
    return found;
  };
  const ids = [crypto.randomUUID(), crypto.randomUUID()];
  for (const [i, requestId] of ids.entries()) {
    await requests.create(aRequest({ requestId, createdAt: `2026-11-23T08:00:0${i}.000Z` }));
  }
  await requests.transition(ids[0]!, 'FAILED');
  expect(await listed()).toEqual(ids);

  await open.remove(ids[0]!);
  await open.remove(ids[0]!);
  await requests.addEvent(ids[0]!, { what: 'link-minted' });

  expect(await listed()).toEqual([ids[1]]);
  expect(await requests.get(ids[0]!)).not.toHaveProperty('open');
  await expect(open.remove(crypto.randomUUID())).rejects.toThrow();
});
