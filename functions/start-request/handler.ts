import middy from '@middy/core';
import { getRequest } from '../../core/steps/get-request.ts';
import { type StartRequestPorts, startRequest } from '../../core/steps/start-request.ts';
import { bodyOf, callerOf, type HttpEvent, type HttpResult, json, problemDetails } from '../shared/http.ts';
import { StartBody } from '../shared/schemas.ts';

/** `POST /v1/requests`: 202 and where to look. */
export const createHandler = (ports: StartRequestPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(problemDetails(ports.log))
    .handler(async (event) => {
      const { requestId } = await startRequest(bodyOf(event, StartBody), callerOf(event), ports);
      return json(202, await getRequest(requestId, ports), { location: `/v1/requests/${requestId}` });
    });
