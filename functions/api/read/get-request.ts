import { pause } from '../../../modules/common/adapters/sleep.ts';
import type { Clock, Pause } from '../../../modules/common/ports.ts';
import type { Requests } from '../../../modules/requests/store.ts';
import { getRequest, watchRequest } from '../../../modules/requests/views/get-request.ts';
import { ifNoneMatch, preferredWait } from '../../http/conditional.ts';
import { type HttpPorts, json, route, visibleRequest } from '../../http/http.ts';
import { lazy } from '../../wiring/lazy.ts';
import { requestPorts } from '../../wiring/tables.ts';

interface GetRequestPorts extends HttpPorts {
  readonly requests: Requests;
  readonly clock: Clock;
  readonly pause: Pause;
}

/** `GET /v1/requests/{requestId}`: 304 when nothing has changed; with `Prefer: wait=20` it waits for a change. */
export const createHandler = (ports: GetRequestPorts) =>
  route(ports, async (event, signal) => {
    const requestId = await visibleRequest(event, ports);
    const [wait, isKnown] = [preferredWait(event), ifNoneMatch(event)];
    const knows = isKnown && ((tag: string) => isKnown(`"${tag}"`));
    const { view, tag } = await watchRequest(
      () => getRequest(requestId, ports),
      { waitSeconds: wait ?? 0, ...(knows && { knows }) },
      ports,
      signal,
    );
    const headers = { etag: `"${tag}"`, ...(wait !== undefined && { 'preference-applied': `wait=${wait}` }) };
    if (!knows?.(tag)) return json(200, view, headers);
    return { statusCode: 304, headers: { 'cache-control': 'no-store', ...headers } };
  });

export const handler = lazy(() => createHandler({ ...requestPorts(), pause }));
