import middy from '@middy/core';
import type { Requests } from '../../core/ports.ts';
import { getRequest } from '../../core/steps/get-request.ts';
import { visibleRequest } from '../shared/callers.ts';
import { type HttpEvent, type HttpPorts, type HttpResult, httpApi, json } from '../shared/http.ts';

/** `GET /v1/requests/{requestId}` */
export const createHandler = (ports: HttpPorts & { readonly requests: Requests }) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => json(200, await getRequest(await visibleRequest(event, ports), ports)));
