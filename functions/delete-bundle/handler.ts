import middy from '@middy/core';
import { type DestroyBundlePorts, destroyBundle } from '../../core/steps/destroy-bundle.ts';
import { type HttpEvent, type HttpResult, problemDetails, requestIdOf } from '../shared/http.ts';

/** `DELETE /v1/requests/{requestId}/bundle`: destroys the archive after it was handed over, 204. */
export const createHandler = (ports: DestroyBundlePorts) =>
  middy<HttpEvent, HttpResult>()
    .use(problemDetails(ports.log))
    .handler(async (event) => {
      await destroyBundle(requestIdOf(event), ports);
      return { statusCode: 204, headers: { 'cache-control': 'no-store' } };
    });
