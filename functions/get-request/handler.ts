import middy from '@middy/core';
import type { Log, Requests } from '../../core/ports.ts';
import { getRequest } from '../../core/steps/get-request.ts';
import { type HttpEvent, type HttpResult, json, problemDetails, requestIdOf } from '../shared/http.ts';

/** `GET /v1/requests/{requestId}` */
export const createHandler = (ports: { readonly requests: Requests; readonly log: Log }) =>
  middy<HttpEvent, HttpResult>()
    .use(problemDetails(ports.log))
    .handler(async (event) => json(200, await getRequest(requestIdOf(event), ports)));
