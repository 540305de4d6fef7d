import middy from '@middy/core';
import type { Executions, Requests } from '../../core/ports.ts';
import { cancelRequest } from '../../core/steps/cancel-request.ts';
import { getRequest } from '../../core/steps/get-request.ts';
import { inNameOf, visibleRequest } from '../shared/callers.ts';
import { type HttpEvent, type HttpPorts, type HttpResult, httpApi, json } from '../shared/http.ts';

interface CancelRequestPorts extends HttpPorts {
  readonly requests: Requests;
  readonly executions: Executions;
}

/** `POST /v1/requests/{requestId}/cancel`: 202 until the workers have stopped. */
export const createHandler = (ports: CancelRequestPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => {
      const { requestId } = await cancelRequest(await visibleRequest(event, ports), inNameOf(event, ports));
      return json(202, await getRequest(requestId, ports));
    });
