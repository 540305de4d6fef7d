import middy from '@middy/core';
import { type DestroyArchivePorts, destroyArchive } from '../../modules/archive/destroy-archive.ts';
import { changeableRequest, inNameOf } from '../http/authorize.ts';
import { type HttpPorts, httpApi } from '../http/http.ts';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';

/** `DELETE /v1/requests/{requestId}/archive`: destroys the archive after it was handed over, 204. */
export const createHandler = (ports: HttpPorts & DestroyArchivePorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => {
      await destroyArchive(await changeableRequest(event, ports), inNameOf(event, ports));
      return { statusCode: 204, headers: { 'cache-control': 'no-store' } };
    });
