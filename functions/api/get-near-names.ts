import { getNearNames } from '../../modules/archive/get-near-names.ts';
import type { PartStore } from '../../modules/archive/ports.ts';
import type { Requests } from '../../modules/requests/store.ts';
import { type HttpPorts, json, ownRequest, route } from '../http/http.ts';
import { lazy } from '../wiring/lazy.ts';
import { parts } from '../wiring/objects.ts';
import { requestPorts } from '../wiring/tables.ts';

interface GetNearNamesPorts extends HttpPorts {
  readonly requests: Requests;
  readonly parts: PartStore;
}

/** `GET /v1/requests/{requestId}/near-names`: similar names; the archive holds no data about them. */
export const createHandler = (ports: GetNearNamesPorts) =>
  route(ports, async (event) => json(200, await getNearNames(await ownRequest(event, ports), ports)));

export const handler = lazy(() => createHandler({ ...requestPorts(), parts: parts() }));
