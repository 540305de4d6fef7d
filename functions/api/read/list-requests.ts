import { listRequests, type RequestList } from '../../../modules/requests/views/list-requests.ts';
import { callerOf, type HttpPorts, json, route } from '../../http/http.ts';
import { parse } from '../../http/parse.ts';
import { ListQuery } from '../../http/queries.ts';
import { callers, log } from '../../wiring/environment.ts';
import { lazy } from '../../wiring/lazy.ts';
import { requestList } from '../../wiring/tables.ts';

interface ListRequestsPorts extends HttpPorts {
  readonly requestList: RequestList;
}

/** `GET /v1/requests`: newest first, a page at a time. */
export const createHandler = (ports: ListRequestsPorts) =>
  route(ports, async (event) => {
    const query = parse(ListQuery, event.queryStringParameters ?? {});
    const { next, ...page } = await listRequests(callerOf(event, ports.callers), query, ports);
    return json(200, { ...page, ...(next !== undefined && { next: Buffer.from(next).toString('base64url') }) });
  });

export const handler = lazy(() => createHandler({ callers: callers(), log, requestList: requestList() }));
