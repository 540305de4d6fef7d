import { certificatePage, getCertificate, takeNonce } from '../../modules/proof/get-certificate.ts';
import { inNameOf, json, ownRequest, route, router } from '../http/http.ts';
import { lazy } from '../wiring/environment.ts';
import { sealedPorts } from '../wiring/keys.ts';

/** `GET /v1/requests/{requestId}/certificate`, as a page with `Accept: text/html`; `POST .../certificate/nonce`, which answers once. */
export const handler = lazy(() => {
  const ports = sealedPorts();
  return router<'get-certificate'>({
    'GET /v1/requests/{requestId}/certificate': route(ports, async (event) => {
      const requestId = await ownRequest(event, ports);
      const signed = await getCertificate(requestId, ports);
      if (!/^text\/html\b/.test(event.headers.accept ?? '')) return json(200, signed);
      const disposition = `attachment; filename="gdpr-certificate-${requestId}.html"`;
      const headers = { 'content-type': 'text/html; charset=utf-8', 'content-disposition': disposition };
      return { ...json(200, null, headers), body: certificatePage(signed) };
    }),
    'POST /v1/requests/{requestId}/certificate/nonce': route(ports, async (event) =>
      json(200, await takeNonce(await ownRequest(event, ports), inNameOf(event, ports))),
    ),
  });
});
