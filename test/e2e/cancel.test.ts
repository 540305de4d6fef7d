import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';

const CANCELS = process.env.GDPR_TEST_DEEP ? 100 : 3;
/** After the answer to the cancel no question may start later than this (acceptance of R7), milliseconds. */
const QUIET_MS = 5_000;
/** Longest wait for what a slow machine does late, milliseconds. */
const PATIENCE_MS = 30_000;

let system: LocalSystem;
let s3: S3Client;
let documents: DynamoDBDocumentClient;

beforeAll(async () => {
  system = await startLocalSystem({ engines: 3, rows: 400, delayMs: 15 });
  s3 = new S3Client(clientOf(system, 'S3'));
  documents = DynamoDBDocumentClient.from(new DynamoDBClient(clientOf(system, 'DYNAMODB')));
});
afterAll(() => system?.stop());

async function start(): Promise<string> {
  const subject = { kind: 'user', name: system.users[0] };
  const body = { kind: 'retrieve', subject, sources: ['engine', 'portal'], login: system.login };
  const answer = await callApi(system, 'POST', '/v1/requests', { body });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as RequestView).requestId;
}

/** What is still stored of a Request: objects, unfinished uploads, sealed items. */
async function leftOf(requestId: string): Promise<string[]> {
  const bucket = { Bucket: system.awsEnvironment.BUCKET! };
  const prefixes = [`parts/${requestId}/`, `archives/${requestId}/`];
  const objects = await Promise.all(prefixes.map((Prefix) => s3.send(new ListObjectsV2Command({ ...bucket, Prefix }))));
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand(bucket));
  const sealed = await documents.send(new ScanCommand({ TableName: system.awsEnvironment.SEALED_TABLE! }));
  return [
    ...objects.flatMap(({ Contents = [] }) => Contents.map(({ Key }) => Key!)),
    ...Uploads.map(({ Key }) => `upload ${Key}`).filter((key) => key.includes(requestId)),
    ...sealed.Items!.filter(({ pk }) => pk === requestId).map(({ sk }) => `sealed ${sk}`),
  ];
}

const begun = (): number[] =>
  system.simulator.engines.flatMap(({ traffic }) => traffic.log.map(({ startedAt }) => startedAt));

describe('a retrieval that is cancelled at a random moment', () => {
  it(
    `leaves nothing and asks nothing 5 s later, ${CANCELS} times (R7)`,
    async () => {
      expect((await ended(system, await start())).state).toBe('COMPLETED');
      const questions = begun().length;
      let cancelled = 0;
      for (let i = 0; i < CANCELS; i++) {
        const [target, delayMs] = [Math.floor(((i + Math.random()) / CANCELS) * questions), Math.random() * 250];
        const moment = `cancelled ${Math.round(delayMs)} ms after ${target} of ${questions} questions`;
        const reached = begun().length + target;
        const requestId = await start();
        for (const late = Date.now() + PATIENCE_MS; begun().length < reached && Date.now() < late; ) await wait(5);
        await wait(delayMs);
        const answer = await callApi(system, 'POST', `/v1/requests/${requestId}/cancel`);
        const cancelledAt = Date.now();
        const { state } = await ended(system, requestId);
        if (answer.status === 409) {
          expect(state, moment).toBe('COMPLETED');
          continue;
        }
        cancelled += 1;
        expect([answer.status, state], moment).toEqual([202, 'CANCELLED']);
        for (const [method, route] of [
          ['GET', 'archive'],
          ['POST', 'links'],
        ] as const) {
          const download = await callApi(system, method, `/v1/requests/${requestId}/${route}`);
          expect(download.status, `${moment}: ${route}`).toBe(409);
        }
        await wait(Math.max(0, cancelledAt + QUIET_MS - Date.now()));
        while ((await leftOf(requestId)).length > 0 && Date.now() < cancelledAt + PATIENCE_MS) await wait(200);
        expect(await leftOf(requestId), moment).toEqual([]);
        await wait(500);
        expect(await leftOf(requestId), `${moment}, looked at again`).toEqual([]);
        const late = begun().filter((at) => at > cancelledAt + QUIET_MS);
        expect(late, `${moment}: questions`).toEqual([]);
      }
      expect(cancelled).toBeGreaterThan(CANCELS / 2);
    },
    CANCELS * (PATIENCE_MS + 10_000) + 180_000, // the first one starts everything
  );
});
