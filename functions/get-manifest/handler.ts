import middy from '@middy/core';
import type { Log } from '../../core/ports.ts';
import { type GetManifestPorts, getManifest } from '../../core/steps/get-manifest.ts';
import { type HttpEvent, type HttpResult, problemDetails, requestIdOf } from '../shared/http.ts';

/** `GET /v1/requests/{requestId}/manifest`: what is in the archive and what is missing. */
export const createHandler = (ports: GetManifestPorts & { readonly log: Log }) =>
  middy<HttpEvent, HttpResult>()
    .use(problemDetails(ports.log))
    .handler(async (event) => ({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: await getManifest(requestIdOf(event), ports),
    }));
