import { describe, expect, it } from 'vitest';
import { requestRoute } from '../../../../functions/api/read.ts';
import type { HttpEvent } from '../../../../functions/http/http.ts';
import { SCOPES } from '../../../../modules/requests/caller.ts';
import { startDeadline } from '../../../../modules/requests/deadline.ts';
import type { RequestRecord } from '../../../../modules/requests/record.ts';
import { getRequest, listRequests, type RequestView } from '../../../../modules/requests/views/get-request.ts';
import { aRequest, callerRules, memoryRequests, silentLog } from '../../../support/fakes.ts';

const { requestId } = aRequest();
const engine = { source: 'engine', sourceId: 'e-uid', name: 'engine-1', rows: 5, bytes: 50 } as const;
const running = {
  ...engine,
  state: 'RUNNING',
  current: 'engines/executions.csv',
  share: 0.25,
  secondsLeft: 60,
} as const;

/** A handler over stores in memory, whose time passes only while it waits. @param meanwhile runs at each wait, with the seconds that have passed */
function aHandler(
  requests = memoryRequests(aRequest({ state: 'RUNNING' })),
  meanwhile = async (_seconds: number) => {},
) {
  let now = 0;
  const pause = async (milliseconds: number) => {
    now += milliseconds;
    await meanwhile(now / 1000);
  };
  const ports = { requests, pause, clock: { now: () => new Date(now) }, callers: callerRules, log: silentLog };
  const handler = requestRoute(ports);
  const get = async (headers: Record<string, string> = {}, id = requestId) => {
    const before = now;
    const event = {
      routeKey: 'GET /v1/requests/{requestId}',
      headers,
      pathParameters: { requestId: id },
      requestContext: { authorizer: { jwt: { claims: { sub: 'caller-1', scope: SCOPES.join(' ') } } } },
    } as unknown as HttpEvent;
    const answer = await handler(event, {} as never);
    const view = answer.body ? (JSON.parse(answer.body) as RequestView) : undefined;
    return { ...answer, view, etag: String(answer.headers?.etag), waited: (now - before) / 1000 };
  };
  return { get, requests };
}

describe('GET /v1/requests/{requestId}', () => {
  it('shows the days left and what the answer needs, until it is handed over (R31)', async () => {
    const deadline = startDeadline('2026-06-01T08:00:00.000Z', { zone: 'Europe/Berlin', holidays: [] });
    const waiting = aRequest({ state: 'AWAITING_LOGIN', deadline });
    const seenOn11June = (record: RequestRecord) =>
      getRequest(requestId, {
        requests: memoryRequests(record),
        clock: { now: () => new Date('2026-06-11T12:00:00Z') },
      });
    expect(await seenOn11June(waiting)).toMatchObject({ daysLeft: 20, needs: 'login' });
    expect(await seenOn11June({ ...waiting, state: 'COMPLETED' })).toMatchObject({ daysLeft: 20, needs: 'handover' });
    const handover = { at: '2026-06-10T12:00:00.000Z', to: 'person' } as const;
    const done = await seenOn11June({ ...waiting, state: 'COMPLETED', handover });
    const list = (query: object) =>
      listRequests(
        { callerId: 'caller-1', kind: 'person', scopes: [] },
        { limit: 20, ...query },
        { requestList: memoryRequests(waiting).requestList, clock: { now: () => new Date('2026-06-11T12:00:00Z') } },
      );
    const lists = [{ dueWithin: 20 }, { dueWithin: 19 }, { needs: 'handover' }, { state: 'CANCELLED', dueWithin: 20 }];
    const counts = await Promise.all(lists.map(async (query) => (await list(query)).requests.length));
    expect(counts).toEqual([1, 0, 0, 0]);
    expect([done.handover, done.needs, done.daysLeft]).toEqual([handover, undefined, undefined]);
  });

  it.each([
    ['COMPLETED_WITH_ERRORS', 'FAILED', 'WORKER_LOST'],
    ['FAILED', 'FAILED', 'WORKER_LOST'],
    ['CANCELLED', 'CANCELLED', 'RequestCancelledError'],
  ] as const)(
    'shows no source as running in a request that is %s, whatever a late worker wrote (C47)',
    async (state, shown, reason) => {
      const { get, requests } = aHandler(memoryRequests(aRequest({ state })));
      await requests.putProgress(requestId, running);
      expect((await get()).view?.progress).toEqual([{ ...engine, state: shown, reason }]);
    },
  );

  it('shows table, days and estimate of each source and of all (R6)', async () => {
    const { get, requests } = aHandler();
    const window = { from: '2026-11-01', to: '2026-11-08' };
    await requests.putProgress(requestId, { ...running, window });

    const { statusCode, view } = await get();

    expect(statusCode).toBe(200);
    expect(view!.progress).toEqual([{ ...running, window }]);
    expect(view!.estimate).toEqual({ share: 0.25, secondsLeft: 60 });
  });

  it('answers 304 while nothing has changed, and the new state with another ETag when it has', async () => {
    const { get, requests } = aHandler();
    await requests.putProgress(requestId, running);
    const { etag } = await get();

    const same = await get({ 'if-none-match': etag });
    await requests.putProgress(requestId, { ...running, rows: 6 });
    const other = await get({ 'if-none-match': etag });

    expect([same.statusCode, same.body, same.headers?.etag]).toEqual([304, undefined, etag]);
    expect(other.statusCode).toBe(200);
    expect(other.etag).not.toBe(etag);
    expect([same.waited, other.waited]).toEqual([0, 0]);
  });

  it('waits with `Prefer: wait` until something has changed, whether or not an ETag is given', async () => {
    const { get, requests } = aHandler(undefined, async (seconds) => {
      if (seconds % 10 === 3) await requests.putProgress(requestId, { ...running, rows: seconds });
    });
    const first = await get({ prefer: 'wait=20' });
    const second = await get({ prefer: 'wait=20', 'if-none-match': first.etag });

    expect([first.statusCode, first.waited, first.view!.progress[0]!.rows]).toEqual([200, 3, 3]);
    expect([second.statusCode, second.waited, second.view!.progress[0]!.rows]).toEqual([200, 10, 13]);
    expect(second.headers?.['preference-applied']).toBe('wait=20');
  });

  it('waits 20 s at most, and then says 304 to who has the same, 200 to others', async () => {
    const { get } = aHandler();
    const { etag } = await get();

    const known = await get({ prefer: 'wait=600', 'if-none-match': etag });
    const unknown = await get({ prefer: 'wait=2' });

    expect([known.statusCode, known.waited]).toEqual([304, 20]);
    expect([unknown.statusCode, unknown.waited]).toEqual([200, 2]);
  });

  it('does not wait when the caller has something older, or the request has ended', async () => {
    const { get, requests } = aHandler();
    const older = await get({ prefer: 'wait=20', 'if-none-match': '"older"' });
    await requests.transition(requestId, 'FAILED');
    const ended = await get({ prefer: 'wait=20' });

    expect([older.statusCode, older.waited, ended.statusCode, ended.waited]).toEqual([200, 0, 200, 0]);
    expect(ended.view!.estimate).toBeUndefined();
  });

  it('answers 404 for one that is not there and 400 for what is no id', async () => {
    const { get } = aHandler(memoryRequests());

    expect([(await get()).statusCode, (await get({}, '1')).statusCode]).toEqual([404, 400]);
  });
});
