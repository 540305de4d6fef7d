import { type GetManifestPorts, getManifest } from '../../../modules/archive/get-manifest.ts';
import { type HttpPorts, ownRequest, route } from '../../http/http.ts';
import { lazy } from '../../wiring/lazy.ts';
import { archiveReader } from '../../wiring/objects.ts';
import { requestPorts } from '../../wiring/tables.ts';

/** `GET /v1/requests/{requestId}/manifest`: what is in the archive and what is missing. */
export const createHandler = (ports: HttpPorts & GetManifestPorts) =>
  route(ports, async (event) => ({
    statusCode: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: await getManifest(await ownRequest(event, ports), ports),
  }));

export const handler = lazy(() => createHandler({ ...requestPorts(), archives: archiveReader() }));
