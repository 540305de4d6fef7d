import { type DenyRequestPorts, denyRequest } from '../../../modules/lifecycle/cancel-request.ts';
import { DenyBody } from '../../../modules/requests/deadline-facts.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import { bodyOf } from '../../http/body.ts';
import { callerOf, type HttpPorts, inNameOf, route, shown, visibleRequest } from '../../http/http.ts';
import { vault } from '../../wiring/keys.ts';
import { lazy } from '../../wiring/lazy.ts';
import { requestPorts } from '../../wiring/tables.ts';

/** `POST /v1/requests/{requestId}/deny`, with a reason of the closed list. */
export const createHandler = (ports: HttpPorts & DenyRequestPorts) =>
  route(ports, async (event) => {
    const requestId = await visibleRequest(event, ports);
    const { reasonCode } = bodyOf(event, DenyBody);
    await denyRequest(requestId, reasonCode, callerOf(event, ports.callers).callerId, inNameOf(event, ports));
    return shown(await getRequest(requestId, ports));
  });

export const handler = lazy(() => createHandler({ ...requestPorts(), vault: vault() }));
