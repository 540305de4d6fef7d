import middy from '@middy/core';
import { type GetCertificatePorts, getCertificate, takeNonce } from '../../modules/proof/get-certificate.ts';
import { type HttpPorts, httpApi, inNameOf, json, ownRequest } from '../http/http.ts';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';
import { vault } from '../wiring/keys.ts';
import { lazy } from '../wiring/lazy.ts';
import { requestPorts } from '../wiring/tables.ts';

/** `GET /v1/requests/{requestId}/certificate`, and `POST .../certificate/nonce`, which answers once. */
export const createHandler = (ports: HttpPorts & GetCertificatePorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => {
      const requestId = await ownRequest(event, ports);
      const { method } = event.requestContext.http;
      return json(
        200,
        await (method === 'POST' ? takeNonce(requestId, inNameOf(event, ports)) : getCertificate(requestId, ports)),
      );
    });

export const handler = lazy(() => createHandler({ ...requestPorts(), vault: vault() }));
