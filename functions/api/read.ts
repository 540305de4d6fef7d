import { pause } from '../../modules/common/adapters/sleep.ts';
import type { Pause } from '../../modules/common/ports.ts';
import type { EventsView } from '../../modules/requests/audit/entry.ts';
import type { RequestPorts } from '../../modules/requests/store.ts';
import { getRequest, listRequests, watchRequest } from '../../modules/requests/views/get-request.ts';
import * as http from '../http/http.ts';
import { AnchorsQuery, EventsQuery, ListQuery, parse } from '../http/parse.ts';
import { anchors } from '../wiring/anchors.ts';
import { lazy } from '../wiring/environment.ts';
import { requestList, requestPorts } from '../wiring/tables.ts';

/** Maximum entries in one answer; the maximum of API Gateway is 10 MB. */
const MAX_ENTRIES = 1000;

/** Reads the records of Requests and their audit trails. */
export const handler = lazy(() => {
  const ports = { ...requestPorts(), requestList: requestList(), anchors: anchors(), pause };
  return http.router<'read'>({
    // Newest first, a page at a time.
    'GET /v1/requests': http.route(ports, async (event) => {
      const query = parse(ListQuery, event.queryStringParameters ?? {});
      const { next, ...page } = await listRequests(http.callerOf(event, ports.callers), query, ports);
      return http.json(200, { ...page, ...(next !== undefined && { next: Buffer.from(next).toString('base64url') }) });
    }),
    'GET /v1/requests/{requestId}': requestRoute(ports),
    // The audit trail, after the entry `after`; `next` when there is more.
    'GET /v1/requests/{requestId}/events': http.route(ports, async (event) => {
      const requestId = await http.ownRequest(event, ports);
      const { after } = parse(EventsQuery, event.queryStringParameters ?? {});
      const entries = (await ports.requests.listEvents(requestId)).slice(after);
      const view: EventsView = {
        requestId,
        events: entries.slice(0, MAX_ENTRIES),
        ...(entries.length > MAX_ENTRIES && { next: after + MAX_ENTRIES }),
      };
      return http.json(200, view);
    }),
    // What was sent to the time stamp authority, a page at a time. Requests are listed by the hash of their id.
    'GET /v1/anchors': http.route(ports, async (event) => {
      const { after } = parse(AnchorsQuery, event.queryStringParameters ?? {});
      return http.json(200, await ports.anchors.list(after));
    }),
  });
});

/** One Request: 304 when nothing has changed; with `Prefer: wait=20` it waits for a change. */
export const requestRoute = (ports: http.HttpPorts & RequestPorts & { readonly pause: Pause }) =>
  http.route(ports, async (event, signal) => {
    const requestId = await http.visibleRequest(event, ports);
    const [wait, isKnown] = [http.preferredWait(event), http.ifNoneMatch(event)];
    const knows = isKnown && ((tag: string) => isKnown(`"${tag}"`));
    const until = { waitSeconds: wait ?? 0, ...(knows && { knows }) };
    const { view, tag } = await watchRequest(() => getRequest(requestId, ports), until, ports, signal);
    const headers = { etag: `"${tag}"`, ...(wait !== undefined && { 'preference-applied': `wait=${wait}` }) };
    if (!knows?.(tag)) return http.json(200, view, headers);
    return { statusCode: 304, headers: { 'cache-control': 'no-store', ...headers } };
  });
