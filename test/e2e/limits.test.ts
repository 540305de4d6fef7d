import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { StartedView } from '../../modules/requests/views/request-view.ts';
import { callApi, ended } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';

let system: LocalSystem;

/** Sets limits as an operator does. */
async function limit(callsPerMinute: number, unfinishedRequests: number): Promise<void> {
  const s3 = new S3Client({ ...clientOf(system, 'S3'), forcePathStyle: true });
  const object = { Bucket: system.awsEnvironment.BUCKET!, Key: 'settings/settings.json' };
  const settings = JSON.parse(await (await s3.send(new GetObjectCommand(object))).Body!.transformToString());
  const changed = { ...settings, callerLimits: { callsPerMinute, unfinishedRequests } };
  await s3.send(new PutObjectCommand({ ...object, Body: JSON.stringify(changed) }));
}
const start = (token: string) =>
  callApi(system, 'POST', '/v1/requests', {
    token,
    body: { kind: 'retrieve', sources: ['engine'], subject: { kind: 'user', name: 'jmeyer' }, login: system.login },
  });

beforeAll(async () => {
  system = await startLocalSystem({ engines: 1, rows: 50, seed: 3, delayMs: 300 });
});
afterAll(() => system?.stop());

describe('limits of a Caller', () => {
  it('let so many unfinished requests be, and another when one has ended', async () => {
    await limit(1000, 1);
    const token = await system.tokenFor('starter');
    const first = (await (await start(token)).json()) as StartedView;
    const refused = await start(token);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await refused.json()).toMatchObject({ type: '/problems/too-many-requests', retryAfter: 60 });
    expect((await start(await system.tokenFor('another'))).status).toBe(202);
    await callApi(system, 'POST', `/v1/requests/${first.requestId}/cancel`, { token });
    await ended(system, first.requestId, token);
    expect((await start(token)).status).toBe(202);
  });

  it('let so many logins be tried in a minute, good or not, and looking is free', async () => {
    await limit(3, 1000);
    const token = await system.tokenFor('guesser');
    const guess = () =>
      callApi(system, 'POST', '/v1/engines', { token, body: { login: { username: 'x', password: 'y' } } });
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++) statuses.push((await guess()).status);
    // a minute may have turned in between
    expect(statuses.filter((status) => status === 403).length).toBeLessThanOrEqual(6);
    expect(statuses).toContain(429);
    const refused = await guess();
    if (refused.status === 429) expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await callApi(system, 'GET', '/v1/requests', { token })).status).toBe(200);
  });
});
