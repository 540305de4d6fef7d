import middy from '@middy/core';
import { type DenyRequestPorts, denyRequest } from '../../../modules/lifecycle/cancel-request.ts';
import { DenyBody } from '../../../modules/requests/deadline-facts.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import { bodyOf, callerOf, type HttpPorts, httpApi, inNameOf, shown, visibleRequest } from '../../http/http.ts';
import type { HttpEvent, HttpResult } from '../../http/http-event.ts';
import { vault } from '../../wiring/keys.ts';
import { lazy } from '../../wiring/lazy.ts';
import { requestPorts } from '../../wiring/tables.ts';

/** `POST /v1/requests/{requestId}/deny`, with a reason of the closed list. */
export const createHandler = (ports: HttpPorts & DenyRequestPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => {
      const requestId = await visibleRequest(event, ports);
      const { reasonCode } = bodyOf(event, DenyBody);
      await denyRequest(requestId, reasonCode, callerOf(event, ports.callers).callerId, inNameOf(event, ports));
      return shown(await getRequest(requestId, ports));
    });

export const handler = lazy(() => createHandler({ ...requestPorts(), vault: vault() }));
