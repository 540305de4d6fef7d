import { describe, expect, it } from 'vitest';
import { rerunRoute, startRoute } from '../../../functions/api/start.ts';
import type { HttpEvent } from '../../../functions/http/http.ts';
import type { Begun, Idempotency } from '../../../functions/http/idempotent.ts';
import { SCOPES } from '../../../modules/requests/caller.ts';
import type { RequestRecord } from '../../../modules/requests/record.ts';
import { aPolicy, aRequest, callerRules, memoryRequests, noRequests } from '../../support/fakes.ts';
import { startPorts } from '../../support/start-ports.ts';

const login = { username: 'operator', password: 'open sesame' };
const limits = {
  account: { whenUnproved: 'refuse' as const },
  callerLimits: { callsPerMinute: 60, unfinishedRequests: 50 },
};
const { requestId: first } = aRequest();

/** One key, free until it is used; in flight after that, as long as nobody finishes or abandons it. */
function oneKey(): Idempotency {
  let drawn: string | undefined;
  let answer: string | undefined;
  return {
    async begin(_call, _mac, requestId): Promise<Begun> {
      if (answer !== undefined) return { kind: 'answered', answer };
      if (drawn !== undefined) return { kind: 'resumed', requestId: drawn };
      drawn = requestId;
      return { kind: 'first', requestId };
    },
    async finish(_call, given) {
      answer = given;
    },
    async abandon() {
      drawn = undefined;
    },
  };
}

function setup(records: RequestRecord[] = []) {
  let next = 0;
  const written: string[] = [];
  const memory = memoryRequests(...records);
  const requests = {
    ...memory,
    create: async (record: RequestRecord) => {
      await memory.create(record);
      written.push(record.requestId);
    },
    by: () => requests,
  };
  const ports = {
    ...startPorts(login.password),
    newId: () => `00000000-0000-4000-8000-0000000000b${++next}`,
    requests,
    callers: callerRules,
    idempotency: oneKey(),
    countCall: async () => 1,
    requestList: noRequests,
  };
  const event = (facts: object) =>
    ({
      headers: { 'idempotency-key': 'k', 'content-type': 'application/json' },
      requestContext: { authorizer: { jwt: { claims: { sub: 'caller-1', scope: SCOPES.join(' ') } } } },
      ...facts,
    }) as unknown as HttpEvent;
  const start = (password = login.password) => {
    const subject = { kind: 'user', name: 'jdoe' };
    const body = JSON.stringify({ kind: 'retrieve', sources: ['portal'], subject, login: { ...login, password } });
    return startRoute({ ...aPolicy(), ...limits }, ports)(event({ routeKey: 'POST /v1/requests', body }), {} as never);
  };
  const rerun = () => {
    const facts = { pathParameters: { requestId: first }, body: JSON.stringify({ login }) };
    return rerunRoute(limits, ports)(event({ routeKey: 'POST /v1/requests/{requestId}/rerun', ...facts }), {} as never);
  };
  return { requests, executions: ports.executions, written, start, rerun };
}

const throttled = async (): Promise<never> => {
  throw new Error('throttled');
};

describe('answerOnce', () => {
  it('starts nothing twice when the answer of a start could not be read', async () => {
    const { requests, written, start } = setup();
    const { listProgress } = requests;
    requests.listProgress = throttled;
    const failed = await start();
    requests.listProgress = listProgress;
    const again = await start();

    expect([failed.statusCode, again.statusCode]).toEqual([500, 202]);
    expect(failed.body).not.toContain('Nothing was started');
    expect(written).toHaveLength(1);
    expect(again.body).toContain(written[0]);
  });

  it('starts nothing twice when it was not known whether the Request was written', async () => {
    const { requests, written, start } = setup();
    const { create, get } = requests;
    requests.create = async (record) => {
      await create(record);
      requests.get = throttled;
      return throttled();
    };
    const failed = await start();
    Object.assign(requests, { create, get });
    const again = await start();

    expect([failed.statusCode, again.statusCode]).toEqual([500, 202]);
    expect(written).toHaveLength(1);
  });

  it('begins no second attempt when the answer of a rerun could not be read', async () => {
    const archive = { archiveKey: 'archives/x', byteLength: 1, expiresAt: '2100-01-01T00:00:00Z' };
    const { requests, rerun } = setup([aRequest({ state: 'COMPLETED_WITH_ERRORS', archive })]);
    await requests.putProgress(first, {
      source: 'engine',
      sourceId: 'e',
      name: 'e',
      state: 'TIMED_OUT',
      rows: 0,
      bytes: 0,
    });
    const { get } = requests;
    let reads = 0;
    requests.get = (id) => (++reads > 3 ? throttled() : get(id));
    const failed = await rerun();
    requests.get = get;
    for (const state of ['RUNNING', 'COMPLETED_WITH_ERRORS'] as const) await requests.transition(first, state);
    const again = await rerun();

    expect([failed.statusCode, again.statusCode]).toEqual([500, 202]);
    expect((await requests.get(first)).attempt).toBe(2);
  });

  it('frees the key of what could not be launched: its repeat is another start, not the failed one', async () => {
    const { executions, written, start, requests } = setup();
    executions.start = throttled;
    const failed = await start();
    executions.start = async () => {};
    const again = await start();

    expect([failed.statusCode, again.statusCode]).toEqual([503, 202]);
    expect(JSON.parse(failed.body!)).toMatchObject({ type: '/problems/not-started' });
    expect((await requests.get(written[0]!)).state).toBe('FAILED');
    expect(JSON.parse(again.body!)).toMatchObject({ requestId: written[1], state: 'QUEUED' });
  });

  it('frees the key of what was refused', async () => {
    const { written, start } = setup();
    const refused = await start('wrong');
    const again = await start();
    expect([refused.statusCode, again.statusCode]).toEqual([403, 202]);
    expect(again.body).toContain(written[0]);
    expect(written[0]).not.toContain('b1');
  });
});
