import { type GetCertificatePorts, getCertificate, takeNonce } from '../../modules/proof/get-certificate.ts';
import { type HttpPorts, inNameOf, json, ownRequest, route } from '../http/http.ts';
import { vault } from '../wiring/keys.ts';
import { lazy } from '../wiring/lazy.ts';
import { requestPorts } from '../wiring/tables.ts';

/** `GET /v1/requests/{requestId}/certificate`, and `POST .../certificate/nonce`, which answers once. */
export const createHandler = (ports: HttpPorts & GetCertificatePorts) =>
  route(ports, async (event) => {
    const requestId = await ownRequest(event, ports);
    const { method } = event.requestContext.http;
    return json(
      200,
      await (method === 'POST' ? takeNonce(requestId, inNameOf(event, ports)) : getCertificate(requestId, ports)),
    );
  });

export const handler = lazy(() => createHandler({ ...requestPorts(), vault: vault() }));
