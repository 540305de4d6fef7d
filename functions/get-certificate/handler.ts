import middy from '@middy/core';
import { type GetCertificatePorts, getCertificate, takeNonce } from '../../core/steps/get-certificate.ts';
import { type HttpEvent, type HttpResult, json, problemDetails, requestIdOf } from '../shared/http.ts';

/** `GET /v1/requests/{requestId}/certificate`, and `POST .../certificate/nonce`, which answers once. */
export const createHandler = (ports: GetCertificatePorts) =>
  middy<HttpEvent, HttpResult>()
    .use(problemDetails(ports.log))
    .handler(async (event) => {
      const requestId = requestIdOf(event);
      const asked = event.requestContext.http.method;
      return json(200, await (asked === 'POST' ? takeNonce(requestId, ports) : getCertificate(requestId, ports)));
    });
