import { certificatePage, getCertificate, takeNonce } from '../../modules/proof/get-certificate.ts';
import { asHttpEvent, type HttpEvent, type HttpResult, inNameOf, json, ownRequest, route } from '../http/http.ts';
import { lazy } from '../wiring/environment.ts';
import { sealedPorts } from '../wiring/keys.ts';

/** `GET /v1/requests/{requestId}/certificate`, as a page with `Accept: text/html`; `POST .../certificate/nonce`, which answers once. */
export const handler = lazy<HttpEvent, HttpResult>(() => {
  const ports = sealedPorts();
  const both = route(ports, async (event) => {
    const requestId = await ownRequest(event, ports);
    const isNonce = event.requestContext.http.method === 'POST';
    if (isNonce) return json(200, await takeNonce(requestId, inNameOf(event, ports)));
    const signed = await getCertificate(requestId, ports);
    if (!/^text\/html\b/.test(event.headers.accept ?? '')) return json(200, signed);
    const disposition = `attachment; filename="gdpr-certificate-${requestId}.html"`;
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-disposition': disposition };
    return { ...json(200, null, headers), body: certificatePage(signed) };
  });
  return async (event, context) => both(asHttpEvent(event), context);
});
