import { getCertificate, takeNonce } from '../../modules/proof/get-certificate.ts';
import { inNameOf, json, ownRequest, route } from '../http/http.ts';
import { vault } from '../wiring/keys.ts';
import { lazy } from '../wiring/lazy.ts';
import { requestPorts } from '../wiring/tables.ts';

/** `GET /v1/requests/{requestId}/certificate`, and `POST .../certificate/nonce`, which answers once. */
export const handler = lazy(() => {
  const ports = { ...requestPorts(), vault: vault() };
  return route(ports, async (event) => {
    const requestId = await ownRequest(event, ports);
    const isNonce = event.requestContext.http.method === 'POST';
    return json(200, await (isNonce ? takeNonce(requestId, inNameOf(event, ports)) : getCertificate(requestId, ports)));
  });
});
