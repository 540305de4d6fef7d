import middy from '@middy/core';
import { type DestroyBundlePorts, destroyBundle } from '../../modules/archive/destroy-bundle.ts';
import { changeableRequest, inNameOf } from '../http/authorize.ts';
import { type HttpPorts, httpApi } from '../http/http.ts';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';

/** `DELETE /v1/requests/{requestId}/bundle`: destroys the archive after it was handed over, 204. */
export const createHandler = (ports: HttpPorts & DestroyBundlePorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => {
      await destroyBundle(await changeableRequest(event, ports), inNameOf(event, ports));
      return { statusCode: 204, headers: { 'cache-control': 'no-store' } };
    });
