import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../local/environment.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { dynamoRequests } from '../../modules/requests/adapters/dynamo-requests.ts';
import type { EventsView } from '../../modules/requests/audit/entry.ts';
import { chainFaults } from '../../modules/requests/audit/trail.ts';
import type { SignedCertificate } from '../../modules/requests/record.ts';
import type { RequestView, StartedView } from '../../modules/requests/views/get-request.ts';
import type { SweepReport } from '../../modules/schedules/sweep.ts';
import { runGdpr } from '../cli/run-gdpr.ts';
import { callApi, ended, subjectIdOf } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';
import { aFunction, aRequest } from '../support/fakes.ts';

let system: LocalSystem;
let dynamo: DynamoDBClient;
let s3: S3Client;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'records-'));
  system = await startLocalSystem({ engines: 2, rows: 50, seed: 3, faults: ['engine-2=down'] });
  dynamo = new DynamoDBClient(clientOf(system, 'DYNAMODB'));
  s3 = new S3Client({ ...clientOf(system, 'S3'), forcePathStyle: true });
});
afterAll(async () => {
  dynamo?.destroy();
  s3?.destroy();
  await system?.stop();
  await rm(folder, { recursive: true });
});

describe('requests about one subject', () => {
  const start = (facts: object, token = system.token) =>
    callApi(system, 'POST', '/v1/requests', { token, body: { login: system.login, ...facts } });
  const retrieval = (name: string) => ({ kind: 'retrieve', sources: ['portal'], subject: { kind: 'user', name } });
  const anonymization = (name: string) => ({ kind: 'anonymize', irreversible: true, subject: { kind: 'user', name } });
  const started = async (facts: object, token?: string): Promise<StartedView> => {
    const answer = await start(facts, token);
    expect(answer.status).toBe(202);
    return (await answer.json()) as StartedView;
  };

  it('are pointed to, one anonymization runs at a time, and it removes what was retrieved before (R15)', async () => {
    const [name, other] = system.users as [string, string];
    const first = await started(retrieval(name));
    const foreign = await started(retrieval(name.toUpperCase()), await system.tokenFor('another', ['gdpr.retrieve']));
    const unrelated = await started(retrieval(other));
    expect([first.duplicates, first.otherDuplicates]).toEqual([[], 0]);
    expect([foreign.duplicates, foreign.otherDuplicates]).toEqual([[], 1]);
    for (const { requestId } of [first, foreign, unrelated]) await ended(system, requestId);

    const { host, port, roles } = system.portal;
    const holder = new Client({ host, port, user: roles.owner.username, ...roles.owner });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE portal.users');
    const anonymize = await started(anonymization(name));
    const second = await start(anonymization(name.toUpperCase()));
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ type: '/problems/subject-busy', requestId: anonymize.requestId });
    await holder.query('ROLLBACK');
    await holder.end();

    expect(anonymize.duplicates.toSorted()).toEqual([first.requestId, foreign.requestId].toSorted());
    expect((await ended(system, anonymize.requestId)).state).toBe('COMPLETED');
    const of = (path: string) => callApi(system, 'GET', `/v1/requests/${path}`);
    expect((await of(`${first.requestId}/archive`)).status).toBe(410);
    expect((await of(`${unrelated.requestId}/archive`)).status).toBe(303);
    expect((await ended(system, foreign.requestId)).destroyedAt).toBeDefined();

    const { certificate } = (await (await of(`${anonymize.requestId}/certificate`)).json()) as SignedCertificate;
    expect(certificate.retained.map(({ store }) => store)).not.toContain('own-archives');
    const documents = DynamoDBDocumentClient.from(dynamo);
    const sealed = await documents.send(new ScanCommand({ TableName: system.awsEnvironment.SEALED_TABLE! }));
    const left = JSON.stringify(sealed.Items!.filter(({ sk }) => sk !== 'NONCE'));
    for (const { requestId } of [first, foreign, anonymize]) expect(left).not.toContain(requestId);
    expect(left).toContain(unrelated.requestId);
    const again = await started(anonymization(name));
    expect(again.duplicates).toEqual([]);
    await ended(system, again.requestId);
  });
});

describe('the audit trail of a Request (R27)', () => {
  const start = async (facts: object): Promise<RequestView> => {
    const subject = { kind: 'user', name: system.users[2]! };
    const body = { subject, login: system.login, ...facts };
    const answer = await callApi(system, 'POST', '/v1/requests', { body });
    expect(answer.status).toBe(202);
    return ended(system, ((await answer.json()) as RequestView).requestId);
  };
  const eventsOf = async (requestId: string): Promise<EventsView> =>
    (await (await callApi(system, 'GET', `/v1/requests/${requestId}/events`)).json()) as EventsView;
  const verify = (what: string, ...options: string[]) =>
    runGdpr(['audit', 'verify', what, '--api', system.apiUrl, '--token', system.token, ...options], { cwd: folder });

  it('tells who did what to a retrieval, its links and its end, and names nobody', async () => {
    const { requestId } = await start({ kind: 'retrieve', sources: ['engine', 'portal'] });
    expect((await callApi(system, 'POST', `/v1/requests/${requestId}/links`)).status).toBe(200);
    expect((await callApi(system, 'DELETE', `/v1/requests/${requestId}/archive`)).status).toBe(204);

    const { events } = await eventsOf(requestId);
    const told = events.map(({ what, by }) => [what, by.role === 'system' ? by.id : by.role]);
    expect(told).toEqual([
      ['requested', 'person'],
      ['started', 'open-request'],
      ['merging', 'merge-parts'],
      ['merged', 'merge-parts'],
      ['completed-with-errors', 'close-request'],
      ['link-minted', 'person'],
      ['archive-destroyed', 'person'],
    ]);
    expect(events[0]!.by.id).toBe(subjectIdOf(system.token));
    expect(events[4]!.counts).toMatchObject({ sources: 3, missing: 1 });
    expect(chainFaults(requestId, events)).toEqual([]);
    expect(JSON.stringify(events)).not.toContain(system.users[2]!);

    expect(await verify(requestId)).toMatchObject({ code: 0, stdout: expect.stringContaining('good') });
  });

  it('tells of an anonymization what was changed, verified, certified and handed out', async () => {
    const { requestId } = await start({ kind: 'anonymize', irreversible: true });
    await callApi(system, 'POST', `/v1/requests/${requestId}/certificate/nonce`);

    const { events } = await eventsOf(requestId);
    expect(events.map(({ what }) => what)).toEqual([
      ...['requested', 'started', 'commit-allowed', 'anonymized', 'maintained', 'verified', 'completed'],
      'nonce-handed-out',
    ]);
    expect(events.find(({ what }) => what === 'verified')?.counts).toMatchObject({ left: 0 });
    expect(events.find(({ what }) => what === 'completed')?.certificate).toMatch(/^[0-9a-f]{64}$/);
    expect(chainFaults(requestId, events)).toEqual([]);
  });

  it('is checked without the system: a good one passes, a changed one and a cut one do not', async () => {
    const { requestId } = await start({ kind: 'retrieve', sources: ['portal'] });
    const good = await runGdpr(['events', requestId, '--json', '--api', system.apiUrl, '--token', system.token], {
      cwd: folder,
    });
    const trail = JSON.parse(good.stdout) as EventsView;
    await writeFile(join(folder, 'good.json'), good.stdout);
    const sound = await runGdpr(['audit', 'verify', 'good.json', '--json'], { cwd: folder });
    expect(sound.code).toBe(0);
    const { head } = JSON.parse(sound.stdout) as { head: string };

    await writeFile(join(folder, 'cut.json'), JSON.stringify({ ...trail, events: trail.events.slice(0, -1) }));
    expect((await runGdpr(['audit', 'verify', 'cut.json'], { cwd: folder })).code).toBe(0);
    expect((await runGdpr(['audit', 'verify', 'cut.json', '--head', head], { cwd: folder })).code).toBe(1);
    await writeFile(join(folder, 'unhashable.json'), good.stdout.replace('"attempt": 1', '"attempt": 1e999'));
    expect(await runGdpr(['audit', 'verify', 'unhashable.json'], { cwd: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nobody can have hashed'),
    });
    const forged = trail.events.map((entry) => ({ ...entry, attempt: 7 }));
    await writeFile(join(folder, 'forged.json'), JSON.stringify({ ...trail, events: forged }));
    expect(await runGdpr(['audit', 'verify', 'forged.json'], { cwd: folder })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not follow'),
    });
  });
});

describe('the sweeper (decision 25)', () => {
  const HOUR = 3_600_000;
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
  /** One run of the sweeper, as its schedule starts it. */
  const sweep = async (): Promise<SweepReport['swept']> =>
    ((await system.invoke('sweep')) as { readonly payload: SweepReport }).payload.swept;
  const objects = async (requestId: string): Promise<number> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: system.awsEnvironment.BUCKET! }));
    return Contents.filter(({ Key }) => Key!.includes(requestId)).length;
  };

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
    const requests = dynamoRequests(dynamo, TABLES, clock, aFunction);
    const record = { requestId: crypto.randomUUID(), callerId: subjectIdOf(system.token), updatedAt: ago(HOUR) };
    await requests.create(aRequest(record));

    expect(await sweep()).toEqual([{ requestId: record.requestId, action: 'close' }]);

    expect(await ended(system, record.requestId)).toMatchObject({ state: 'FAILED', failure: 'Execution.unknown' });
  });
});
