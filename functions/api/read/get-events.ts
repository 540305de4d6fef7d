import type { EventsView } from '../../../modules/requests/audit/entry.ts';
import type { Requests } from '../../../modules/requests/store.ts';
import { type HttpPorts, json, ownRequest, route } from '../../http/http.ts';
import { parse } from '../../http/parse.ts';
import { EventsQuery } from '../../http/queries.ts';
import { lazy } from '../../wiring/lazy.ts';
import { requestPorts } from '../../wiring/tables.ts';

interface GetEventsPorts extends HttpPorts {
  readonly requests: Requests;
}

/** Maximum entries in one answer; the maximum of API Gateway is 10 MB. */
const MAX_ENTRIES = 1000;

/** `GET /v1/requests/{requestId}/events`: the audit trail, after the entry `after`; `next` when there is more. */
export const createHandler = (ports: GetEventsPorts) =>
  route(ports, async (event) => {
    const requestId = await ownRequest(event, ports);
    const { after } = parse(EventsQuery, event.queryStringParameters ?? {});
    const entries = (await ports.requests.listEvents(requestId)).slice(after);
    const view: EventsView = {
      requestId,
      events: entries.slice(0, MAX_ENTRIES),
      ...(entries.length > MAX_ENTRIES && { next: after + MAX_ENTRIES }),
    };
    return json(200, view);
  });

export const handler = lazy(() => createHandler(requestPorts()));
