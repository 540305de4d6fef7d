import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { PreviewView } from '../../modules/lifecycle/preview-request.ts';
import type { EventsView } from '../../modules/requests/audit/entry.ts';
import type { RequestView, StartedView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../support/api.ts';
import { gdprOpen } from '../support/command.ts';
import { ServedApi } from '../support/served-api.ts';
import { changeSettings } from '../support/settings.ts';

let system: LocalSystem;
let approver: string;
let api: ServedApi;

beforeAll(async () => {
  system = await startLocalSystem({ engines: 1, rows: 50, seed: 3, delayMs: 150 });
  approver = await system.tokenFor('approver', ['gdpr.approve']);
  await changeSettings(system, {
    approval: { anonymize: 'required' },
    login: { later: 'allowed' },
    deadline: { holidays: [] },
  });
  api = await ServedApi.fetch(system.apiUrl);
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

describe('an anonymization that needs a second person (decision 24)', () => {
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

describe('refusals of a request that waits', () => {
  /** What an answer has that the served document does not tell of, and its status and type. */
  const refused = async (operationId: string, path: string, body: unknown, token = system.token) => {
    const answer = await callApi(system, 'POST', path, { body, token });
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    const operation = api.operations.find((each) => each.operationId === operationId)!;
    const faults = api.faultsOf(operation, { status: answer.status, type, text, headers: answer.headers });
    return [answer.status, JSON.parse(text).type, ...faults];
  };

  it('say at the login that the same person is being anonymized, as the document tells', async () => {
    const asked = await anonymization(system.users[4]!);
    const { planHash } = asked;
    const [first, second] = [await post('/v1/requests', asked), await post('/v1/requests', asked)];
    const paths = [first, second].map(({ body }) => `/v1/requests/${body.requestId}`);
    for (const path of paths) await post(`${path}/approve`, { planHash }, approver);
    const { host, port, roles } = system.portal;
    const holder = new Client({ host, port, user: roles.owner.username, ...roles.owner });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE portal.users');
    expect((await post(`${paths[0]}/login`, { login: system.login })).status).toBe(202);

    const busy = await refused('loginRequest', `${paths[1]}/login`, { login: system.login });

    await holder.query('ROLLBACK');
    await holder.end();
    expect(busy).toEqual([409, '/problems/subject-busy']);
    expect((await ended(system, first.body.requestId)).state).toBe('COMPLETED');
    expect((await post(`${paths[1]}/login`, { login: system.login })).status).toBe(202);
    await ended(system, second.body.requestId);
  });

  it('say that the settings are not right, as the document tells', async () => {
    const { body } = await post('/v1/requests', await anonymization(system.users[5]!));
    const path = `/v1/requests/${body.requestId}`;
    await changeSettings(system, { approval: { anonymize: 'perhaps' as 'none' } });
    const approved = await refused('approveRequest', `${path}/approve`, {}, approver);
    const changed = await refused('changeDeadline', `${path}/deadline`, { action: 'resume' });
    await changeSettings(system, { approval: { anonymize: 'required' } });
    expect([approved, changed]).toEqual([
      [500, '/problems/settings'],
      [500, '/problems/settings'],
    ]);
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

describe('a case (R31)', () => {
  it('is found by its reference, with one deadline, until its answers are handed over', async () => {
    const reference = 'HR-2026/117';
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    const receivedAt = daysAgo(10);
    const about = (kind: string, name: string | undefined) => ({ subject: { kind, name }, reference });
    const asked = { kind: 'retrieve', sources: ['portal'], login: system.login };
    const first = await post('/v1/requests', { ...asked, ...about('user', system.users[3]), receivedAt });
    const { requestId } = first.body;
    expect((await post(`/v1/requests/${requestId}/handover`, { to: 'person' })).body.type).toBe(
      '/problems/wrong-state',
    );
    const second = await post('/v1/requests', { ...asked, ...about('device', system.devices[0]) });
    expect([second.status, second.body.dueAt, second.body.daysLeft]).toEqual([
      202,
      first.body.dueAt,
      first.body.daysLeft,
    ]);
    expect(first.body.daysLeft).toBeGreaterThan(17);
    const wrongDay = { ...asked, ...about('user', system.users[2]), receivedAt: daysAgo(9) };
    expect((await post('/v1/requests', wrongDay)).status).toBe(400);
    await Promise.all([ended(system, requestId), ended(system, second.body.requestId)]);

    const listed = await gdprOpen(
      system,
      'list',
      '--reference',
      reference,
      '--needs',
      'handover',
      '--due-within',
      '40',
    );
    const unknown = await gdprOpen(system, 'list', '--reference', 'HR-unknown');
    const shown = await gdprOpen(system, 'status', requestId);
    const piped = await gdprOpen(system, 'download', requestId, '--out', '-');
    const handedOver = await gdprOpen(system, 'handover', requestId, '--to', 'person');
    const twice = await gdprOpen(system, 'handover', requestId, '--to', 'person');
    const left = await gdprOpen(system, 'list', '--reference', reference, '--needs', 'handover', '--json');

    expect(listed.stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^REQUEST +STARTED +KIND +SUBJECT +STATE +DUE +NEEDS +TICKET +REFERENCE$/),
      expect.stringMatching(new RegExp(`${first.body.daysLeft} days left\\) +handover +HR-2026/117$`)),
      expect.stringContaining(requestId),
    ]);
    expect([unknown.code, unknown.stdout, unknown.stderr]).toEqual([0, '', 'No request that you may see matches\n']);
    expect(shown.stdout).toContain(`(${first.body.daysLeft} days left)\nneeds: handover\nreference: ${reference}`);
    expect([piped.code, piped.stdout.length > 100, piped.stderr]).toEqual([0, true, '']);
    expect([handedOver.code, twice.code]).toEqual([0, 1]);
    expect(twice.stderr).toContain('was handed over at 20');
    expect(JSON.parse(left.stdout).requests.map((each: RequestView) => each.requestId)).toEqual([
      second.body.requestId,
    ]);
    const { events } = (await (await callApi(system, 'GET', `/v1/requests/${requestId}/events`)).json()) as EventsView;
    expect(events.at(-1)).toMatchObject({ what: 'handed-over', by: { role: 'person' } });
  });
});

describe('limits of a Caller', () => {
  const start = (token: string) =>
    callApi(system, 'POST', '/v1/requests', {
      token,
      body: { kind: 'retrieve', sources: ['engine'], subject: { kind: 'user', name: 'jmeyer' }, login: system.login },
    });
  const limit = (callsPerMinute: number, unfinishedRequests: number) =>
    changeSettings(system, { callerLimits: { callsPerMinute, unfinishedRequests } });

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
