import middy from '@middy/core';
import { refuseWithout } from '../../core/caller.ts';
import { getRequest } from '../../core/steps/get-request.ts';
import { type StartRequestPorts, startRequest } from '../../core/steps/start-request.ts';
import { callerOf, SCOPE_OF } from '../shared/callers.ts';
import { bodyOf, type HttpEvent, type HttpPorts, type HttpResult, httpApi, json } from '../shared/http.ts';
import { StartBody } from '../shared/schemas.ts';

/** `POST /v1/requests`: 202 and where to look. */
export const createHandler = (ports: HttpPorts & StartRequestPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => {
      const caller = callerOf(event, ports.callers);
      const body = bodyOf(event, StartBody);
      refuseWithout(caller, [SCOPE_OF[body.kind]]);
      const { requestId } = await startRequest(body, caller.callerId, ports);
      return json(202, await getRequest(requestId, ports), { location: `/v1/requests/${requestId}` });
    });
