import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../../../local/aws/call-recorder.ts';
import { startKeysAndSecrets } from '../../../../local/aws/keys-and-secrets.ts';
import { CallGuard } from '../../../../local/aws/limits/call-guard.ts';
import type { LaggingIndexes } from '../../../../local/aws/limits/lagging-indexes.ts';
import type { LoopbackServer } from '../../../../local/aws/loopback.ts';
import { accessKeyOf, FAKE_CREDENTIALS, REGION } from '../../../../local/aws/names.ts';
import { startObjects } from '../../../../local/aws/objects.ts';
import { StoreFaults } from '../../../../local/aws/store-faults.ts';
import { startTables } from '../../../../local/aws/tables.ts';
import { REQUEST_INDEXES } from '../../../../modules/requests/adapters/dynamo-indexes.ts';

const TABLE = 'requests';
const INDEX = REQUEST_INDEXES.all;
/** An hour: only `catchUp` ends it. */
const NEVER_MS = 3_600_000;

let folder: string;
let tables: LoopbackServer & { readonly indexes?: LaggingIndexes };
let objects: LoopbackServer;
let keys: LoopbackServer;
/** What roles may do; changed by the tests. */
let mayCall: (call: AwsCall) => boolean = () => true;
const guard = new CallGuard((call) => mayCall(call));
const [faults, keyFaults] = [new StoreFaults(), new StoreFaults()];
const as = (by: string) => ({ ...FAKE_CREDENTIALS, accessKeyId: accessKeyOf(by) });
const client = (server: LoopbackServer, by: string) => ({ endpoint: server.url, region: REGION, credentials: as(by) });
const dynamo = (by: string, maxAttempts = 1) =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ ...client(tables, by), maxAttempts }));
const s3 = (by: string, maxAttempts = 1) => new S3Client({ ...client(objects, by), forcePathStyle: true, maxAttempts });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'limits-'));
  const indexes = { [TABLE]: [INDEX] };
  [tables, objects, keys] = await Promise.all([
    startTables(undefined, [TABLE], { indexes, guard, faults, indexLagMs: NEVER_MS }),
    startObjects(join(folder, 'objects'), 'bucket', { guard, faults }),
    startKeysAndSecrets(join(folder, 'seal.key'), new Map(), undefined, undefined, keyFaults, guard),
  ]);
});
afterAll(async () => {
  await Promise.all([tables, objects, keys].map((server) => server.stop()));
  await rm(folder, { recursive: true });
});

describe('an index that lags (R22)', () => {
  const byDay = async () => {
    const query = { KeyConditionExpression: '#day = :day', ExpressionAttributeNames: { '#day': INDEX.partitionKey } };
    const values = { ExpressionAttributeValues: { ':day': 'today' } };
    const answer = await dynamo('read').send(
      new QueryCommand({ TableName: TABLE, IndexName: INDEX.name, ...query, ...values }),
    );
    return (answer.Items ?? []).map(({ pk, state }) => `${pk} ${state}`);
  };
  const item = (pk: string) => ({ pk, sk: 'META', listed: 'today', listedAt: pk, state: 'NEW' });

  it('shows an item as it was, and a new one not at all, until it has caught up; the table shows it at once', async () => {
    const table = dynamo('start');
    await table.send(new PutCommand({ TableName: TABLE, Item: item('a') }));
    await table.send(
      new BatchWriteCommand({
        RequestItems: { [TABLE]: ['b', 'c'].map((pk) => ({ PutRequest: { Item: item(pk) } })) },
      }),
    );
    expect(await byDay()).toEqual([]);
    const Key = { pk: 'a', sk: 'META' };
    expect((await table.send(new GetCommand({ TableName: TABLE, Key }))).Item).toEqual(item('a'));
    await tables.indexes!.catchUp();
    expect(await byDay()).toEqual(['a NEW', 'b NEW', 'c NEW']);

    const names = { '#state': 'state' };
    const update = { UpdateExpression: 'SET #state = :to', ExpressionAttributeValues: { ':to': 'DONE' } };
    await table.send(new UpdateCommand({ TableName: TABLE, Key, ...update, ExpressionAttributeNames: names }));
    await table.send(new DeleteCommand({ TableName: TABLE, Key: { pk: 'b', sk: 'META' } }));
    expect(await byDay()).toEqual(['a NEW', 'b NEW', 'c NEW']);
    await tables.indexes!.catchUp();
    expect(await byDay()).toEqual(['a DONE', 'c NEW']);
  });
});

describe('a role that may not (R25, decision 33)', () => {
  it('is denied by each service in its own words; the recorded call says what it wanted', async () => {
    await s3('x').send(new PutObjectCommand({ Bucket: 'bucket', Key: 'parts/1', Body: 'x' }));
    mayCall = () => false;
    const item = { TableName: TABLE, Key: { pk: 'a', sk: 'META' } };
    const object = { Bucket: 'bucket', Key: 'parts/1' };
    const kms = new KMSClient({ ...client(keys, 'read'), maxAttempts: 1 });
    const denied = await Promise.allSettled([
      dynamo('read').send(new GetCommand(item)),
      s3('read').send(new GetObjectCommand(object)),
      s3('read').send(new PutObjectCommand({ ...object, Body: 'y' })),
      kms.send(new EncryptCommand({ KeyId: 'seal', Plaintext: Buffer.from('x') })),
    ]);
    mayCall = () => true;

    const names = denied.map((end) => end.status === 'rejected' && (end.reason as Error).name);
    expect(names).toEqual(['AccessDeniedException', 'AccessDenied', 'AccessDenied', 'AccessDeniedException']);
    expect(guard.denied.map(({ by, action }) => `${by} ${action}`).sort()).toEqual([
      'read dynamodb:GetItem',
      'read kms:Encrypt',
      'read s3:GetObject',
      'read s3:PutObject',
    ]);
    const { Body } = await s3('read').send(new GetObjectCommand(object));
    expect(await Body!.transformToString()).toBe('x');
  });

  it('to list is not told that an object is missing', async () => {
    const missing = { Bucket: 'bucket', Key: 'parts/none' };
    const get = () => s3('read').send(new GetObjectCommand(missing));
    const head = () => s3('read').send(new HeadObjectCommand(missing));
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchKey' });
    mayCall = ({ action }) => action !== 's3:ListBucket';
    await expect(get()).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(head()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    mayCall = () => true;
  });
});

describe('a service that is called too often', () => {
  it('says so in its own words, and the SDK calls it again', async () => {
    const throttle = (calls: number) => {
      for (const each of [faults, keyFaults]) {
        const drawn = Array.from({ length: calls * 2 }, () => 0);
        Object.assign(each, { share: 0.5, kinds: ['throttle'], random: () => drawn.shift() ?? 0.9 });
      }
    };
    const kms = (maxAttempts: number) => new KMSClient({ ...client(keys, 'start'), maxAttempts });
    const calls = (maxAttempts: number) => [
      () => dynamo('read', maxAttempts).send(new GetCommand({ TableName: TABLE, Key: { pk: 'a', sk: 'META' } })),
      () => s3('read', maxAttempts).send(new GetObjectCommand({ Bucket: 'bucket', Key: 'parts/1' })),
      () => kms(maxAttempts).send(new EncryptCommand({ KeyId: 'seal', Plaintext: Buffer.from('x') })),
    ];
    /** What comes of each call when the first try of it is one too many. */
    const outcomes = async (maxAttempts: number) => {
      const found: string[] = [];
      for (const call of calls(maxAttempts)) {
        throttle(1);
        const outcome = call().then(
          () => 'done',
          (error: Error) => error.name,
        );
        found.push(await outcome);
      }
      return found;
    };
    const names = await outcomes(1);
    const again = await outcomes(3);
    for (const each of [faults, keyFaults]) Object.assign(each, { share: 0, random: Math.random });

    expect(names).toEqual(['ProvisionedThroughputExceededException', 'SlowDown', 'ThrottlingException']);
    expect(again).toEqual(['done', 'done', 'done']);
  });
});
