import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoIdempotency } from '../../../../functions/http/adapters/dynamo-calls.ts';
import { removeExpired } from '../../../../local/aws/time-to-live.ts';
import { TABLES } from '../../../../local/environment.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';

describe('dynamoIdempotency', () => {
  let aws: LocalAws;
  let now = new Date('2026-11-23T08:00:00Z');
  const later = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000);
  };
  const calls = () => dynamoIdempotency(aws.dynamo, TABLES.requests, { now: () => now });

  beforeAll(async () => {
    aws = await startLocalAws();
  });
  afterAll(() => aws.stop());

  it('gives the answer of the first call to each repeat, for a day', async () => {
    expect(await calls().begin('a', 'mac', 'r1')).toEqual({ kind: 'first', requestId: 'r1' });
    expect(await calls().begin('a', 'mac', 'r2')).toEqual({ kind: 'in-flight', waitSeconds: 35 });
    await calls().finish('a', 'done');
    later(80_000);
    expect(await calls().begin('a', 'mac', 'r3')).toEqual({ kind: 'answered', answer: 'done' });
    later(10_000);
    expect(await calls().begin('a', 'mac', 'r4')).toEqual({ kind: 'first', requestId: 'r4' });
  });

  it('knows another call under the same key, finished or not', async () => {
    await calls().begin('b', 'mac', 'r1');
    expect(await calls().begin('b', 'other', 'r2')).toEqual({ kind: 'other-call' });
    await calls().finish('b', 'done');
    expect(await calls().begin('b', 'other', 'r2')).toEqual({ kind: 'other-call' });
  });

  it('frees the key of a call that was refused, also for another body', async () => {
    await calls().begin('c', 'mac', 'r1');
    await calls().abandon('c');
    expect(await calls().begin('c', 'other', 'r2')).toEqual({ kind: 'first', requestId: 'r2' });
  });

  it('leaves a freed key to the expiry of the table, which passes over what expired years ago', async () => {
    await calls().begin('f', 'mac', 'r1');
    await calls().abandon('f');
    await removeExpired(aws.tablesUrl, [TABLES.requests], now.getTime());
    const { Items = [] } = await DynamoDBDocumentClient.from(aws.dynamo).send(
      new ScanCommand({ TableName: TABLES.requests }),
    );
    expect(Items.map(({ pk }) => pk)).not.toContain('IDEMPOTENCY#f');
  });

  it('lets one of several take over a call whose function died, under the id that was drawn first', async () => {
    await calls().begin('d', 'mac', 'r1');
    later(36);
    const begun = await Promise.all(['r2', 'r3', 'r4'].map((id) => calls().begin('d', 'mac', id)));
    expect(begun.map(({ kind }) => kind).sort()).toEqual(['in-flight', 'in-flight', 'resumed']);
    expect(begun.find(({ kind }) => kind === 'resumed')).toMatchObject({ requestId: 'r1' });
  });

  it('lets one of many that come at once be the first', async () => {
    const begun = await Promise.all(['r1', 'r2', 'r3', 'r4', 'r5'].map((id) => calls().begin('e', 'mac', id)));
    expect(begun.filter(({ kind }) => kind === 'first')).toHaveLength(1);
  });
});
