import { type DestroyArchivePorts, destroyArchive } from '../../../modules/archive/destroy-archive.ts';
import { changeableRequest, type HttpPorts, inNameOf, route } from '../../http/http.ts';
import { vault } from '../../wiring/keys.ts';
import { lazy } from '../../wiring/lazy.ts';
import { archives, parts } from '../../wiring/objects.ts';
import { requestPorts } from '../../wiring/tables.ts';

/** `DELETE /v1/requests/{requestId}/archive`: destroys the archive, 204. */
export const createHandler = (ports: HttpPorts & DestroyArchivePorts) =>
  route(ports, async (event) => {
    await destroyArchive(await changeableRequest(event, ports), inNameOf(event, ports));
    return { statusCode: 204, headers: { 'cache-control': 'no-store' } };
  });

export const handler = lazy(() =>
  createHandler({ ...requestPorts(), vault: vault(), parts: parts(), archives: archives() }),
);
