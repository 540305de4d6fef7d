import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { RequestsView, RequestView } from '../../modules/requests/views/request-view.ts';
import { callApi, ended } from '../support/api.ts';

let system: LocalSystem;
const retrieval = (facts = {}) => ({
  kind: 'retrieve',
  subject: { kind: 'user', name: system.users[0]! },
  sources: ['portal'],
  login: system.login,
  ...facts,
});

beforeAll(async () => {
  system = await startLocalSystem({ engines: 2, rows: 50, seed: 3, faults: ['engine-2=down'] });
});
afterAll(() => system?.stop());

const start = (key: string, body: unknown, token = system.token) =>
  callApi(system, 'POST', '/v1/requests', { key, body, token });
const started = async (token: string): Promise<number> =>
  ((await (await callApi(system, 'GET', '/v1/requests', { token })).json()) as RequestsView).requests.length;

describe('Idempotency-Key', () => {
  it('is asked for, and must be one', async () => {
    for (const key of ['', 'ü', 'x'.repeat(256)]) {
      const answer = await start(encodeURIComponent(key) === key ? key : '%20 x', retrieval());
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ type: '/problems/idempotency-key' });
    }
  });

  it('brings the first answer again and starts nothing twice, also when the calls come at once', async () => {
    const token = await system.tokenFor('eager', ['gdpr.read', 'gdpr.retrieve']);
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3, 4].map(() => start(key, retrieval(), token)));
    const again = await start(key, retrieval(), token);

    expect(again.status).toBe(202);
    const { requestId } = (await again.json()) as RequestView;
    expect(again.headers.get('location')).toBe(`/v1/requests/${requestId}`);
    for (const answer of answers) {
      if (answer.status === 202) expect(await answer.json()).toMatchObject({ requestId });
      else expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([409, expect.any(Number)]);
    }
    expect(answers.some(({ status }) => status === 202)).toBe(true);
    await ended(system, requestId, token);
    expect(await started(token)).toBe(1);
  });

  it('belongs to its Caller: the same key of another is another call', async () => {
    const key = randomUUID();
    const ids = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const answer = await start(key, retrieval(), await system.tokenFor(name));
        return ((await answer.json()) as RequestView).requestId;
      }),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('is refused with 422 for another body', async () => {
    const key = randomUUID();
    expect((await start(key, retrieval())).status).toBe(202);
    const other = await start(key, retrieval({ reference: 'T-2' }));
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ type: '/problems/idempotency-conflict' });
  });

  it('is free again after a refusal', async () => {
    const key = randomUUID();
    const wrong = retrieval({ login: { ...system.login, password: 'wrong' } });
    expect((await start(key, wrong)).status).toBe(403);
    expect((await start(key, retrieval())).status).toBe(202);
  });

  it('counts for reruns too', async () => {
    const first = await start(randomUUID(), retrieval({ sources: ['engine', 'portal'] }));
    const { requestId } = (await first.json()) as RequestView;
    expect((await ended(system, requestId)).state).toBe('COMPLETED_WITH_ERRORS');
    const key = randomUUID();
    const rerun = () =>
      callApi(system, 'POST', `/v1/requests/${requestId}/rerun`, { key, body: { login: system.login } });
    expect((await rerun()).status).toBe(202);
    expect((await ended(system, requestId)).attempt).toBe(2);
    expect((await rerun()).status).toBe(202);
    expect((await ended(system, requestId)).attempt).toBe(2);
  });
});
