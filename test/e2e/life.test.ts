import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PreviewView, RequestView } from '../../core/model.ts';
import { BUCKET } from '../../local/environment.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { callApi, ended } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';

let system: LocalSystem;
let approver: string;

beforeAll(async () => {
  system = await startLocalSystem({ engines: 1, rows: 50, seed: 3 });
  approver = await system.tokenFor('approver', ['gdpr.approve']);
  const s3 = new S3Client({ ...clientOf(system, 'S3'), forcePathStyle: true });
  const at = { Bucket: BUCKET, Key: 'settings/settings.json' };
  const settings = JSON.parse(await (await s3.send(new GetObjectCommand(at))).Body!.transformToString());
  const life = { approval: { anonymize: 'required' }, login: { later: 'allowed' }, deadline: { holidays: [] } };
  await s3.send(new PutObjectCommand({ ...at, Body: JSON.stringify({ ...settings, ...life }) }));
  s3.destroy();
});

afterAll(() => system?.stop());

const post = async (path: string, body: unknown, token?: string) => {
  const answer = await callApi(system, 'POST', path, { body, ...(token !== undefined && { token }) });
  const { status } = answer;
  return { status, body: (await answer.json()) as RequestView & { type?: string } };
};
const anonymization = async (name: string) => {
  const subject = { kind: 'user', name };
  const preview = { kind: 'anonymize', subject, login: system.login };
  const { planHash } = (await (await callApi(system, 'POST', '/v1/preview', { body: preview })).json()) as PreviewView;
  return { kind: 'anonymize', irreversible: true, subject, planHash };
};

describe('an anonymization that needs a second person (D10)', () => {
  it('runs once another has approved the plan and somebody has logged in', async () => {
    const asked = await anonymization(system.users[0]!);
    const { status, body } = await post('/v1/requests', { ...asked, login: system.login });
    expect([status, body.state]).toEqual([202, 'AWAITING_APPROVAL']);
    const path = `/v1/requests/${body.requestId}`;
    const { planHash } = asked;

    expect((await post(`${path}/login`, { login: system.login })).status).toBe(409);
    expect((await post(`${path}/approve`, { planHash })).body.type).toBe('/problems/own-approval');
    expect((await post(`${path}/approve`, {}, approver)).status).toBe(400);
    expect((await post(`${path}/approve`, { planHash }, approver)).body.state).toBe('AWAITING_LOGIN');
    expect((await post(`${path}/login`, { login: { ...system.login, password: 'x' } })).status).toBe(403);
    expect((await post(`${path}/login`, { login: system.login })).status).toBe(202);
    const view = await ended(system, body.requestId);
    expect(view).toMatchObject({
      state: 'COMPLETED',
      receipt: { residue: 0 },
      dueAt: expect.stringMatching(/:59\.000Z$/),
    });
    expect((await post(`${path}/approve`, { planHash }, approver)).status).toBe(409);
  });

  it('ends when it is denied, for a reason of the list', async () => {
    const { body } = await post('/v1/requests', await anonymization(system.users[1]!));
    const path = `/v1/requests/${body.requestId}`;
    expect((await post(`${path}/deny`, { reasonCode: 'because' }, approver)).status).toBe(400);
    const denied = await post(`${path}/deny`, { reasonCode: 'not-entitled' }, approver);
    expect([denied.status, denied.body.state, denied.body.denialReason]).toEqual([200, 'DENIED', 'not-entitled']);
  });
});

describe('a retrieval without a login', () => {
  it('waits, lets its term rest and go on, and runs with the login', async () => {
    const asked = { kind: 'retrieve', subject: { kind: 'user', name: system.users[2] }, sources: ['engine'] };
    const { body } = await post('/v1/requests', { ...asked, receivedAt: '2026-08-31T09:00:00Z' });
    expect(body).toMatchObject({ state: 'AWAITING_LOGIN', dueAt: '2026-09-30T23:59:59.000Z' });
    const path = `/v1/requests/${body.requestId}`;
    expect((await post(`${path}/deadline`, { action: 'resume' })).body.type).toBe('/problems/deadline');
    expect((await post(`${path}/login`, { login: system.login })).status).toBe(202);
    expect(await ended(system, body.requestId)).toMatchObject({ state: 'COMPLETED', accountPrivacy: 'full' });
  });

  it('is cancelled at once', async () => {
    const asked = { kind: 'retrieve', subject: { kind: 'user', name: system.users[3] }, sources: ['portal'] };
    const { body } = await post('/v1/requests', asked);
    const path = `/v1/requests/${body.requestId}`;
    const paused = await post(`${path}/deadline`, { action: 'pause', reason: 'identity' });
    expect(paused.body.deadline.pauses).toHaveLength(1);
    const cancelled = await post(`${path}/cancel`, undefined);
    expect([cancelled.status, cancelled.body.state]).toEqual([200, 'CANCELLED']);
    expect((await post(`${path}/login`, { login: system.login })).status).toBe(409);
  });
});
