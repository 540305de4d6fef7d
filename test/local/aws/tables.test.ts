import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoopbackServer } from '../../../local/aws/loopback.ts';
import { FAKE_CREDENTIALS, REGION } from '../../../local/aws/names.ts';
import { startTables } from '../../../local/aws/tables.ts';
import { REQUEST_INDEXES } from '../../../modules/requests/adapters/dynamo-indexes.ts';

describe('startTables', () => {
  let folder: string;
  let server: LoopbackServer;
  let tables: DynamoDBDocumentClient;
  const connect = (url: string) =>
    DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: url, region: REGION, credentials: FAKE_CREDENTIALS }));
  const itemsOf = async (pk: string) => {
    const query = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
    return (await tables.send(new QueryCommand({ TableName: 'requests', ...query }))).Items;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tables-'));
    server = await startTables(folder, ['requests', 'sealed']);
    tables = connect(server.url);
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('refuses a write whose condition does not hold', async () => {
    await tables.send(new PutCommand({ TableName: 'requests', Item: { pk: 'REQ#1', sk: 'META', state: 'COMPLETED' } }));

    const late = tables.send(
      new UpdateCommand({
        TableName: 'requests',
        Key: { pk: 'REQ#1', sk: 'META' },
        UpdateExpression: 'SET #s = :to',
        ConditionExpression: '#s = :from',
        ExpressionAttributeNames: { '#s': 'state' },
        ExpressionAttributeValues: { ':to': 'RUNNING', ':from': 'QUEUED' },
      }),
    );

    await expect(late).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(await itemsOf('REQ#1')).toEqual([{ pk: 'REQ#1', sk: 'META', state: 'COMPLETED' }]);
  });

  it('keeps items over a restart', async () => {
    await tables.send(new PutCommand({ TableName: 'requests', Item: { pk: 'REQ#2', sk: 'META' } }));

    await server.stop();
    server = await startTables(folder, ['requests', 'sealed']);
    tables = connect(server.url);

    expect(await itemsOf('REQ#2')).toEqual([{ pk: 'REQ#2', sk: 'META' }]);
  });

  it('makes a table of an older version anew, with its items, when it lacks an index', async () => {
    const old = await mkdtemp(join(tmpdir(), 'tables-old-'));
    const before = await startTables(old, ['requests']);
    const put = { TableName: 'requests', Item: { pk: 'REQ#7', sk: 'META', callerId: 'a', listedAt: '1' } };
    await connect(before.url).send(new PutCommand(put));
    await before.stop();

    const after = await startTables(old, ['requests'], { indexes: { requests: Object.values(REQUEST_INDEXES) } });
    const query = {
      TableName: 'requests',
      IndexName: REQUEST_INDEXES.byCaller.name,
      KeyConditionExpression: 'callerId = :caller',
      ExpressionAttributeValues: { ':caller': 'a' },
    };
    expect((await connect(after.url).send(new QueryCommand(query))).Items).toEqual([put.Item]);
    await after.stop();
    await rm(old, { recursive: true });
  });
});
