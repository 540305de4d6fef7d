import middy from '@middy/core';
import { type DestroyArchivePorts, destroyArchive } from '../../modules/archive/destroy-archive.ts';
import { changeableRequest, inNameOf } from '../http/authorize.ts';
import { type HttpPorts, httpApi } from '../http/http.ts';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';
import { archives, callers, clock, log, parts, requests, vault } from '../wiring/dependencies.ts';
import { lazy } from '../wiring/lazy.ts';

/** `DELETE /v1/requests/{requestId}/archive`: destroys the archive after it was handed over, 204. */
export const createHandler = (ports: HttpPorts & DestroyArchivePorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => {
      await destroyArchive(await changeableRequest(event, ports), inNameOf(event, ports));
      return { statusCode: 204, headers: { 'cache-control': 'no-store' } };
    });

export const handler = lazy(() =>
  createHandler({
    callers: callers(),
    requests: requests(),
    vault: vault(),
    parts: parts(),
    archives: archives(),
    clock,
    log,
  }),
);
