import { type CancelRequestPorts, cancelRequest } from '../../../modules/lifecycle/cancel-request.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import { changeableRequest, type HttpPorts, inNameOf, route, shown } from '../../http/http.ts';
import { executions } from '../../wiring/executions.ts';
import { vault } from '../../wiring/keys.ts';
import { lazy } from '../../wiring/lazy.ts';
import { requestPorts } from '../../wiring/tables.ts';

/** `POST /v1/requests/{requestId}/cancel`: 202 until the workers have stopped. */
export const createHandler = (ports: HttpPorts & CancelRequestPorts) =>
  route(ports, async (event) => {
    const { requestId } = await cancelRequest(await changeableRequest(event, ports), inNameOf(event, ports));
    return shown(await getRequest(requestId, ports));
  });

export const handler = lazy(() => createHandler({ ...requestPorts(), vault: vault(), executions: executions() }));
