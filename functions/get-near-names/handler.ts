import middy from '@middy/core';
import type { Log, PartStore, Requests } from '../../core/ports.ts';
import { getNearNames } from '../../core/steps/get-near-names.ts';
import { type HttpEvent, type HttpResult, json, problemDetails, requestIdOf } from '../shared/http.ts';

interface GetNearNamesPorts {
  readonly requests: Requests;
  readonly parts: PartStore;
  readonly log: Log;
}

/** `GET /v1/requests/{requestId}/near-names` */
export const createHandler = (ports: GetNearNamesPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(problemDetails(ports.log))
    .handler(async (event) => json(200, await getNearNames(requestIdOf(event), ports)));
