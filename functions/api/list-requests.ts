import middy from '@middy/core';
import * as z from 'zod';
import type { RequestState } from '../../modules/requests/record.ts';
import { Reference } from '../../modules/requests/start-body.ts';
import { LIFECYCLE } from '../../modules/requests/state-machine.ts';
import { listRequests } from '../../modules/requests/views/list-requests.ts';
import type { RequestList } from '../../modules/requests/views/request-list.ts';
import { callerOf } from '../http/authorize.ts';
import { type HttpPorts, httpApi, json } from '../http/http.ts';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';
import { parse } from '../http/parse.ts';
import { callers, log } from '../wiring/basics.ts';
import { lazy } from '../wiring/lazy.ts';
import { requestList } from '../wiring/tables.ts';

/** A place in the list; what it is made of is nobody's business, hence the encoding. */
const Cursor = z
  .string()
  .transform((text) => Buffer.from(text, 'base64url').toString())
  .refine((place) => /^[\dTZ:.-]{20,30}#[\da-f-]{36}$/.test(place), 'must be the `next` of the page before');

/** Query of `GET /v1/requests`. */
export const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: Cursor.exactOptional(),
  state: z.enum(Object.keys(LIFECYCLE) as [RequestState, ...RequestState[]]).exactOptional(),
  reference: Reference.exactOptional(),
});

interface ListRequestsPorts extends HttpPorts {
  readonly requestList: RequestList;
}

/** `GET /v1/requests`: newest first, a page at a time. */
export const createHandler = (ports: ListRequestsPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => {
      const question = parse(ListQuery, event.queryStringParameters ?? {});
      const { next, ...page } = await listRequests(callerOf(event, ports.callers), question, ports);
      return json(200, { ...page, ...(next !== undefined && { next: Buffer.from(next).toString('base64url') }) });
    });

export const handler = lazy(() => createHandler({ callers: callers(), log, requestList: requestList() }));
