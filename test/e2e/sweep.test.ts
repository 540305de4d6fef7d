import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { dynamoRequests } from '../../modules/requests/adapters/dynamo-requests.ts';
import type { RequestView } from '../../modules/requests/views/request-view.ts';
import type { SweepReport } from '../../modules/schedules/sweep.ts';
import { callApi, ended, subjectIdOf } from '../support/api.ts';
import { aFunction, aRequest } from '../support/fakes.ts';

let system: LocalSystem;
let dynamo: DynamoDBClient;
let s3: S3Client;
const HOUR = 3_600_000;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

beforeAll(async () => {
  system = await startLocalSystem({ engines: 1, rows: 50, seed: 3 });
  const env = system.awsEnvironment;
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID!, secretAccessKey: env.AWS_SECRET_ACCESS_KEY! };
  const access = { region: env.AWS_REGION!, credentials };
  dynamo = new DynamoDBClient({ ...access, endpoint: env.AWS_ENDPOINT_URL_DYNAMODB! });
  s3 = new S3Client({ ...access, endpoint: env.AWS_ENDPOINT_URL_S3!, forcePathStyle: true });
});
afterAll(async () => {
  dynamo?.destroy();
  s3?.destroy();
  await system?.stop();
});

/** One run of the sweeper, as its schedule starts it. */
const sweep = async (): Promise<SweepReport['swept']> =>
  ((await system.invoke('sweep')) as { readonly payload: SweepReport }).payload.swept;
const objects = async (requestId: string): Promise<number> => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: system.awsEnvironment.BUCKET! }));
  return Contents.filter(({ Key }) => Key!.includes(requestId)).length;
};

describe('the sweeper (decision 25)', () => {
  it('removes an archive past its time with all it was made of', async () => {
    const body = { kind: 'retrieve', sources: ['engine'], login: system.login };
    const subject = { kind: 'user', name: system.users[0]! };
    const started = await callApi(system, 'POST', '/v1/requests', { body: { ...body, subject } });
    const { requestId } = await ended(system, ((await started.json()) as RequestView).requestId);
    expect(await sweep()).toEqual([]);
    const before = await objects(requestId);
    await DynamoDBDocumentClient.from(dynamo).send(
      new UpdateCommand({
        TableName: system.awsEnvironment.REQUESTS_TABLE!,
        Key: { pk: `REQ#${requestId}`, sk: 'META' },
        UpdateExpression: 'SET #archive.expiresAt = :past',
        ExpressionAttributeNames: { '#archive': 'archive' },
        ExpressionAttributeValues: { ':past': ago(HOUR) },
      }),
    );

    expect(await sweep()).toEqual([{ requestId, action: 'remove' }]);

    expect([before > 1, await objects(requestId)]).toEqual([true, 0]);
    expect((await callApi(system, 'POST', `/v1/requests/${requestId}/links`)).status).toBe(410);
    expect(await sweep()).toEqual([]);
  });

  it('ends a Request whose execution nobody knows any more', async () => {
    const clock = { now: () => new Date(Date.now() - HOUR) };
    const requests = dynamoRequests(dynamo, system.awsEnvironment.REQUESTS_TABLE!, clock, aFunction);
    const record = { requestId: crypto.randomUUID(), callerId: subjectIdOf(system.token), updatedAt: ago(HOUR) };
    await requests.create(aRequest(record));

    expect(await sweep()).toEqual([{ requestId: record.requestId, action: 'close' }]);

    expect(await ended(system, record.requestId)).toMatchObject({ state: 'FAILED', failure: 'Execution.unknown' });
  });
});
