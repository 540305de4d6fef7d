import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { dynamoSubjects } from '../../../../modules/requests/adapters/dynamo-subjects.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';

/** What is left of some work whose function dies after a number of calls of the store. */
async function cutAfter(calls: number, client: DynamoDBClient, work: () => Promise<void>): Promise<void> {
  let left = calls;
  const killed = new Error('killed');
  client.middlewareStack.add((next) => (args) => (left-- > 0 ? next(args) : Promise.reject(killed)), { name: 'cut' });
  try {
    await expect(work()).rejects.toBe(killed);
  } finally {
    client.middlewareStack.remove('cut');
  }
}

describe('dynamoSubjects', () => {
  let aws: LocalAws;
  let now = new Date('2026-11-23T08:00:00Z');
  const subjects = () => dynamoSubjects(aws.dynamo, TABLES.sealed, { now: () => now });
  const soon = new Date('2026-11-24T08:00:00Z');
  const late = new Date('2026-12-24T08:00:00Z');

  beforeAll(async () => {
    aws = await startLocalAws();
  });
  afterAll(() => aws.stop());

  it('tells which Requests are about a Subject, each until its time', async () => {
    await subjects().note('m1', 'r1', soon);
    await subjects().note('m1', 'r2', late);
    await subjects().note('m2', 'r3', late);
    expect(await subjects().requestsAbout('m1')).toEqual([
      { requestId: 'r1', since: '2026-11-23T08:00:00.000Z' },
      { requestId: 'r2', since: '2026-11-23T08:00:00.000Z' },
    ]);
    expect(await subjects().macOf('r3')).toBe('m2');
    now = soon;
    expect(await subjects().requestsAbout('m1')).toMatchObject([{ requestId: 'r2' }]);
    expect(await subjects().macOf('r1')).toBeUndefined();
  });

  it('gives one of many the right to anonymize, and tells the others who has it', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    const holders = await Promise.all(ids.map((id) => subjects().claim('m3', id)));
    const winner = ids[holders.indexOf(undefined)]!;
    const told = holders.filter((holder) => holder !== undefined).map(({ requestId }) => requestId);
    expect(told).toEqual([winner, winner, winner]);

    await subjects().release('m3', 'nobody');
    expect(await subjects().claim('m3', 'e')).toMatchObject({ requestId: winner, since: now.toISOString() });
    const held = { requestId: winner, since: now.toISOString() };
    expect(await subjects().claim('m3', 'e', { ...held, since: late.toISOString() })).toEqual(held);
    expect(await subjects().claim('m3', 'e', held)).toBeUndefined();
    expect(await subjects().claim('m3', 'f', held)).toMatchObject({ requestId: 'e' });
    await subjects().release('m3', 'e');
    expect(await subjects().claim('m3', 'f')).toBeUndefined();
    await subjects().release('m3', 'f');
  });

  it('leaves no hash of a Subject that is forgotten (R15)', async () => {
    await subjects().note('m4', 'r4', late);
    await subjects().note('m4', 'r5', late);
    await subjects().forget('m4', ['r4', 'r5']);
    const { Items = [] } = await DynamoDBDocumentClient.from(aws.dynamo).send(
      new ScanCommand({ TableName: TABLES.sealed }),
    );
    expect(JSON.stringify(Items)).not.toMatch(/m4|r4|r5|m3/);
  });

  it('knows to the last whom it is forgetting, so that it goes on when it is cut short anywhere (R15)', async () => {
    const ids = ['r6', 'r7', 'r8'];
    for (let cut = 0; cut < 6; cut += 1) {
      for (const id of ids) await subjects().note('m6', id, late);
      await cutAfter(cut, aws.dynamo, () => subjects().forget('m6', ids, 'r7'));

      expect(await subjects().macOf('r7'), `cut after ${cut}`).toBe('m6');
      const left = await subjects().requestsAbout('m6');
      if (cut > 0) expect(left.map(({ requestId }) => requestId)).not.toContain('r7');
      await subjects().forget(
        'm6',
        left.map(({ requestId }) => requestId),
        'r7',
      );
      expect(await subjects().requestsAbout('m6')).toEqual([]);
      for (const id of ids) expect(await subjects().macOf(id)).toBeUndefined();
    }
  });
});
