import { getNearNames } from '../../modules/archive/newest-parts.ts';
import { json, ownRequest, route } from '../http/http.ts';
import { lazy } from '../wiring/environment.ts';
import { parts } from '../wiring/objects.ts';
import { requestPorts } from '../wiring/tables.ts';

/** `GET /v1/requests/{requestId}/near-names`: similar names; the archive holds no data about them. */
export const handler = lazy(() => {
  const ports = { ...requestPorts(), parts: parts() };
  return route(ports, async (event) => json(200, await getNearNames(await ownRequest(event, ports), ports)));
});
