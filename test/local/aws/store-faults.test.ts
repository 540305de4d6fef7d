import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoopbackServer } from '../../../local/aws/loopback.ts';
import { FAKE_CREDENTIALS, REGION } from '../../../local/aws/names.ts';
import { StoreFaults } from '../../../local/aws/store-faults.ts';
import { startTables } from '../../../local/aws/tables.ts';

let folder: string;
let server: LoopbackServer;
let client: DynamoDBClient;
const faults = new StoreFaults();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faults-'));
  server = await startTables(folder, ['requests'], { faults });
  client = new DynamoDBClient({
    endpoint: server.url,
    region: REGION,
    credentials: FAKE_CREDENTIALS,
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
  await rm(folder, { recursive: true });
});

const put = (pk: string) =>
  client.send(new PutItemCommand({ TableName: 'requests', Item: { pk: { S: pk }, sk: { S: 'x' } } }));
const has = async (pk: string) => {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: 'requests', Key: { pk: { S: pk }, sk: { S: 'x' } } }),
  );
  return Item !== undefined;
};

describe('StoreFaults', () => {
  it('fail every call when switched on: some before they are done, others after', async () => {
    faults.share = 1;
    const names = Array.from({ length: 20 }, (_, index) => `item-${index}`);
    const ends = await Promise.allSettled(names.map(put));
    faults.share = 0;

    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    const done = await Promise.all(names.map(has));
    expect([...new Set(done)].sort()).toEqual([false, true]);
  });

  it('of one kind alone, and drawn from a given sequence: late calls are done all the same, and counted', async () => {
    const before = { ...faults.counts };
    const drawn = [0.9, 0.1, 0]; // the first call passes, the second is late
    Object.assign(faults, { share: 0.5, kinds: ['delay'], delayMs: 20, random: () => drawn.shift()! });
    await put('on-time');
    await put('late');
    Object.assign(faults, { share: 0, random: Math.random });

    expect([await has('on-time'), await has('late')]).toEqual([true, true]);
    expect(faults.counts).toEqual({ ...before, delay: before.delay + 1 });
  });
});
