import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { SignedCertificate } from '../../modules/requests/record.ts';
import type { StartedView } from '../../modules/requests/views/request-view.ts';
import { callApi, ended } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';

let system: LocalSystem;

beforeAll(async () => {
  system = await startLocalSystem({ engines: 1, rows: 50, seed: 3 });
});
afterAll(() => system?.stop());

const start = (facts: object, token = system.token) =>
  callApi(system, 'POST', '/v1/requests', { token, body: { login: system.login, ...facts } });
const retrieval = (name: string) => ({ kind: 'retrieve', sources: ['portal'], subject: { kind: 'user', name } });
const anonymization = (name: string) => ({ kind: 'anonymize', irreversible: true, subject: { kind: 'user', name } });
const started = async (facts: object, token?: string): Promise<StartedView> => {
  const answer = await start(facts, token);
  expect(answer.status).toBe(202);
  return (await answer.json()) as StartedView;
};

describe('requests about one subject', () => {
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
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient(clientOf(system, 'DYNAMODB')));
    const sealed = await documents.send(new ScanCommand({ TableName: system.awsEnvironment.SEALED_TABLE! }));
    const left = JSON.stringify(sealed.Items!.filter(({ sk }) => sk !== 'NONCE'));
    for (const { requestId } of [first, foreign, anonymize]) expect(left).not.toContain(requestId);
    expect(left).toContain(unrelated.requestId);
    expect((await started(anonymization(name))).duplicates).toEqual([]);
  });
});
