import { describe, expect, it } from 'vitest';
import { rerunRoute } from '../../../../functions/api/start.ts';
import type { HttpEvent } from '../../../../functions/http/http.ts';
import { SCOPES } from '../../../../modules/requests/caller.ts';
import { aRequest, callerRules, memoryRequests, plainMacs } from '../../../support/fakes.ts';
import { startPorts } from '../../../support/start-ports.ts';

const { requestId } = aRequest();
const login = { username: 'operator', password: 'open sesame' };
const policy = {
  account: { whenUnproved: 'refuse' as const },
  callerLimits: { callsPerMinute: 60, unfinishedRequests: 50 },
};
const callId = '00000000-0000-4000-8000-0000000000ca';
const archive = { archiveKey: 'archives/x', byteLength: 1, expiresAt: '2100-01-01T00:00:00Z' };

/** A call that came before, whose handler has died. */
function resumedCall(facts: Parameters<typeof aRequest>[0], unfinished = 0) {
  const started: number[] = [];
  const requests = memoryRequests(aRequest({ archive, ...facts }));
  const handler = rerunRoute(policy, {
    ...startPorts(login.password),
    newId: () => callId,
    requests,
    macs: plainMacs,
    callers: callerRules,
    countCall: async () => 1,
    requestList: { countUnfinished: async (callerId: string) => (callerId === 'caller-1' ? unfinished : 0) },
    executions: {
      start: async (_kind: string, _id: string, attempt: number) => void started.push(attempt),
      stop: async () => {},
    },
    idempotency: {
      begin: async () => ({ kind: 'resumed', requestId: callId }),
      finish: async () => {},
      abandon: async () => {},
    },
  } as never);
  const event = {
    routeKey: 'POST /v1/requests/{requestId}/rerun',
    headers: { 'idempotency-key': 'k', 'content-type': 'application/json' },
    body: JSON.stringify({ login }),
    pathParameters: { requestId },
    requestContext: { authorizer: { jwt: { claims: { sub: 'caller-1', scope: SCOPES.join(' ') } } } },
  } as unknown as HttpEvent;
  const call = async () => {
    await requests.putProgress(requestId, {
      source: 'engine',
      sourceId: 'e',
      name: 'e',
      state: 'TIMED_OUT',
      rows: 0,
      bytes: 0,
    });
    return handler(event, {} as never);
  };
  return { call, started };
}

describe('POST /v1/requests/{requestId}/rerun, again after its handler died', () => {
  it('answers with the attempt that the first try began, and begins no other (R21)', async () => {
    const ended = { state: 'COMPLETED_WITH_ERRORS', attempt: 2, rerunCallId: callId } as const;
    const { call, started } = resumedCall(ended);
    expect(await call()).toMatchObject({ statusCode: 202 });
    expect(started).toEqual([]);
  });

  it('begins none while its owner has as many unfinished ones as they may', async () => {
    const { call, started } = resumedCall({ state: 'COMPLETED_WITH_ERRORS', attempt: 2 }, 50);
    expect(await call()).toMatchObject({ statusCode: 429 });
    expect(started).toEqual([]);
  });

  it("begins one of a ticket's, whose starts have no such limit (R20)", async () => {
    const ticket = { connectionId: 'desk', key: 'GDPR-7' };
    const { call, started } = resumedCall({ state: 'COMPLETED_WITH_ERRORS', attempt: 2, ticket }, 50);
    expect(await call()).toMatchObject({ statusCode: 202 });
    expect(started).toEqual([3]);
  });

  it('begins one when the first try had not come so far', async () => {
    const { call, started } = resumedCall({ state: 'COMPLETED_WITH_ERRORS', attempt: 2, rerunCallId: 'of another' });
    const answer = await call();
    expect(answer).toMatchObject({ statusCode: 202 });
    expect(answer.body).not.toContain(callId);
    expect(started).toEqual([3]);
  });
});
