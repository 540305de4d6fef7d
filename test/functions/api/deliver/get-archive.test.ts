import { describe, expect, it } from 'vitest';
import { archiveRoute } from '../../../../functions/api/deliver.ts';
import type { HttpEvent } from '../../../../functions/http/http.ts';
import { SCOPES } from '../../../../modules/requests/caller.ts';
import { aRequest, callerRules, memoryRequests, silentLog } from '../../../support/fakes.ts';

const { requestId } = aRequest();

describe('GET .../archive', () => {
  const archive = { archiveKey: 'archives/x', byteLength: 1, expiresAt: '2999-01-01T00:00:00Z' };
  const handler = (state: 'RUNNING' | 'COMPLETED') =>
    archiveRoute({
      requests: memoryRequests(aRequest({ state, archive })),
      links: { sign: async (key) => ({ url: `https://s3/${key}`, expiresAt: '2026' }) },
      clock: { now: () => new Date() },
      log: silentLog,
      callers: callerRules,
    });
  const ask = {
    routeKey: 'GET /v1/requests/{requestId}/archive',
    pathParameters: { requestId },
    headers: {},
    requestContext: {
      http: { method: 'GET' },
      authorizer: { jwt: { claims: { sub: 'caller-1', scope: SCOPES.join(' ') } } },
    },
  } as unknown as HttpEvent;
  const context = {} as never;

  it('redirects machines with 303 and no cache (decision 22)', async () => {
    expect(await handler('COMPLETED')(ask, context)).toMatchObject({
      statusCode: 303,
      headers: { location: 'https://s3/archives/x', 'cache-control': 'no-store' },
    });
  });

  it('names the present state while it is not ready', async () => {
    const result = await handler('RUNNING')(ask, context);
    expect(result.statusCode).toBe(409);
    expect(JSON.parse(result.body!)).toMatchObject({ type: '/problems/wrong-state', state: 'RUNNING' });
  });
});
