import { describe, expect, it } from 'vitest';
import { startRoute } from '../../../../functions/api/start.ts';
import type { HttpEvent, HttpResult } from '../../../../functions/http/http.ts';
import type { Problem } from '../../../../functions/http/problems.ts';
import { type Authorized, SCOPES } from '../../../../modules/requests/caller.ts';
import {
  anEngine,
  aPolicy,
  aRequest,
  callerRules,
  memoryLeases,
  memoryRequests,
  memorySubjects,
  memoryVault,
  noIdempotency,
  noRequests,
  plainMacs,
  scriptedEngine,
  silentLog,
} from '../../../support/fakes.ts';

const { requestId } = aRequest();
const login = { username: 'operator', password: 'open sesame' };
const PERSON: Authorized = { jwt: { claims: { sub: 'caller-1', scope: SCOPES.join(' ') } } };

const started: string[] = [];
const policy = { ...aPolicy(), callerLimits: { callsPerMinute: 1000, unfinishedRequests: 1000 } };
const start = startRoute(policy, {
  requests: memoryRequests(),
  vault: memoryVault(),
  engineApi: scriptedEngine(() => 'id\n'),
  leases: memoryLeases(),
  pause: async () => {},
  portalApi: { checksLogin: true, listEngines: async () => [anEngine('e')] },
  executions: { start: async () => void started.push('x'), stop: async () => {} },
  federation: undefined,
  clock: { now: () => new Date() },
  log: silentLog,
  callers: { ...callerRules, machines: { 'arn:aws:iam::123456789012:role/intranet': SCOPES } },
  idempotency: noIdempotency,
  macs: plainMacs,
  subjects: memorySubjects(),
  requestList: noRequests,
  countCall: async () => 1,
  newId: () => requestId,
  newKey: () => 'a2V5',
  serviceAccount: async () => login,
});
const post = async (body: unknown, authorizer: Authorized = PERSON): Promise<HttpResult & { problem: Problem }> => {
  const result = await start(
    {
      routeKey: 'POST /v1/requests',
      headers: { 'idempotency-key': 'k', 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      requestContext: { authorizer },
    } as unknown as HttpEvent,
    {} as never,
  );
  return { ...result, problem: JSON.parse(result.body!) as Problem };
};
const subject = { kind: 'user', name: 'jdoe' };

describe('POST /v1/requests', () => {
  const bad: [string, unknown, string][] = [
    ['a body that is no JSON', '{', ''],
    ['no box ticked (R2)', { kind: 'retrieve', subject, sources: [], login }, '/sources'],
    ['a source twice', { kind: 'retrieve', subject, sources: ['engine', 'engine'], login }, '/sources'],
    [
      'an unknown kind of subject (R1)',
      { kind: 'retrieve', subject: { kind: 'both', name: 'x' }, sources: ['engine'], login },
      '/subject/kind',
    ],
    [
      'both kinds of subject (R1)',
      { kind: 'retrieve', subject: { ...subject, device: 'x' }, sources: ['engine'], login },
      '/subject',
    ],
    [
      'control characters in the name',
      { kind: 'retrieve', subject: { kind: 'user', name: 'a\nb' }, sources: ['portal'], login },
      '/subject/name',
    ],
    [
      'no password',
      { kind: 'retrieve', subject, sources: ['portal'], login: { username: 'x', password: '' } },
      '/login/password',
    ],
    [
      'a login that is half of one',
      { kind: 'retrieve', subject, sources: ['portal'], login: { username: 'x' } },
      '/login',
    ],
    [
      'a day before the GDPR applied',
      { kind: 'retrieve', subject, sources: ['portal'], login, receivedAt: '0000-01-01T00:00:00Z' },
      '/receivedAt',
    ],
    [
      'a day that is still to come',
      { kind: 'retrieve', subject, sources: ['portal'], login, receivedAt: '2999-01-01T00:00:00Z' },
      '/receivedAt',
    ],
    [
      'a day that does not exist (R31)',
      { kind: 'retrieve', subject, sources: ['portal'], login, receivedAt: '2026-02-30' },
      '/receivedAt',
    ],
    [
      'tomorrow, as a day (R31)',
      {
        kind: 'retrieve',
        subject,
        sources: ['portal'],
        login,
        receivedAt: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
      },
      '/receivedAt',
    ],
    ['a note of two lines (R31)', { kind: 'retrieve', subject, sources: ['portal'], login, note: 'one\ntwo' }, '/note'],
    ['an anonymization without the tick (R13)', { kind: 'anonymize', subject, login }, '/irreversible'],
    ['irreversible: false (R13)', { kind: 'anonymize', subject, irreversible: false, login }, '/irreversible'],
    [
      'a reference that could be a name',
      { kind: 'retrieve', subject, sources: ['portal'], login, reference: 'John Doe' },
      '/reference',
    ],
  ];
  it.each(bad)('refuses %s with a problem document that points at it (R23)', async (_what, body, pointer) => {
    const { statusCode, headers, problem } = await post(body);
    expect(statusCode).toBe(400);
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json' });
    expect(problem.type).toBe('/problems/invalid-input');
    expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
    expect(started).toEqual([]);
  });

  it('never echoes what was sent', async () => {
    const { body } = await post({
      kind: 'retrieve',
      subject: { kind: 'user', name: 'canary\u0007' },
      sources: ['x'],
      login,
    });
    expect(body).not.toMatch(/canary|sesame|operator/);
  });

  it('lets machines alone use the service account, and tells its login to nobody (decision 23, R24)', async () => {
    const body = { kind: 'retrieve', subject, sources: ['portal'], login: 'service-account' };
    const iam = { userArn: 'arn:aws:sts::123456789012:assumed-role/intranet/session', userId: 'AROA1:session' };

    expect((await post(body)).problem).toMatchObject({ status: 403, type: '/problems/service-account' });
    const byMachine = await post(body, { iam });
    expect(byMachine.statusCode).toBe(202);
    expect(byMachine.body).not.toMatch(/operator|sesame/);
  });

  it('answers 202 with the place to look, without the name', async () => {
    const { statusCode, headers, body } = await post({ kind: 'retrieve', subject, sources: ['engine'], login });
    expect(statusCode).toBe(202);
    expect(headers).toMatchObject({ location: `/v1/requests/${requestId}`, 'cache-control': 'no-store' });
    expect(body).not.toMatch(/jdoe|sesame|callerId/);
  });
});
