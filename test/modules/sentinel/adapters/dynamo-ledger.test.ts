import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { dynamoSuppression } from '../../../../modules/sentinel/adapters/dynamo-ledger.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';

describe('dynamoSuppression', () => {
  let aws: LocalAws;
  const ledger = () => dynamoSuppression(aws.dynamo, TABLES.sealed);
  const entered = {
    mac: 'm1',
    kind: 'user',
    requestId: 'r1',
    generation: 'g1',
    since: '2026-11-23T08:00:00.000Z',
    nextScanAt: '2026-11-23T09:00:00.000Z',
    expiresAt: '2027-02-23T08:00:00.000Z',
  } as const;
  const later = new Date('2026-11-23T09:30:00Z');
  const next = new Date('2026-11-24T08:00:00Z');

  beforeAll(async () => {
    aws = await startLocalAws();
  });
  afterAll(() => aws.stop());

  it('gives each scan of a name to one of many, and settles it once (R21)', async () => {
    await ledger().enter(entered);
    const [item] = await ledger().list();
    expect(item).toEqual({ ...entered, scans: 0 });

    const taken = await Promise.all([1, 2, 3, 4].map(() => ledger().claim(item!, later)));

    expect(taken.filter(Boolean)).toHaveLength(1);
    await ledger().settle(item!, next);
    await ledger().settle(item!, later);
    expect(await ledger().list()).toEqual([{ ...item, scans: 1, nextScanAt: next.toISOString() }]);
  });

  it('starts the scans of a name that is entered again anew, for the Request that was first', async () => {
    const [item] = await ledger().list();
    const again = { ...entered, requestId: 'r2', since: '2026-11-25T08:00:00.000Z' };
    await ledger().enter(again);
    await ledger().settle(item!, next); // of a scan that began before
    expect(await ledger().list()).toEqual([{ ...again, requestId: 'r1', scans: 0 }]);
  });

  it('is gone with its time, whoever removes it', async () => {
    const { Items } = await DynamoDBDocumentClient.from(aws.dynamo).send(new ScanCommand({ TableName: TABLES.sealed }));
    expect(Items).toMatchObject([{ sk: 'LEDGER#m1', expiresAt: Date.parse(entered.expiresAt) / 1000 }]);
    const [seen] = await ledger().list();
    await ledger().enter({ ...entered, expiresAt: '2027-03-23T08:00:00.000Z' });
    await ledger().remove(seen!); // of a scan that began before
    const [item, ...more] = await ledger().list();
    expect([item!.expiresAt, more]).toEqual(['2027-03-23T08:00:00.000Z', []]);
    await ledger().remove(item!);
    expect(await ledger().list()).toEqual([]);
  });
});
