import middy from '@middy/core';
import type { Executions, Log, Requests } from '../../core/ports.ts';
import { cancelRequest } from '../../core/steps/cancel-request.ts';
import { getRequest } from '../../core/steps/get-request.ts';
import { type HttpEvent, type HttpResult, json, problemDetails, requestIdOf } from '../shared/http.ts';

interface CancelRequestPorts {
  readonly requests: Requests;
  readonly executions: Executions;
  readonly log: Log;
}

/** `POST /v1/requests/{requestId}/cancel`: 202 until the workers have stopped. */
export const createHandler = (ports: CancelRequestPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(problemDetails(ports.log))
    .handler(async (event) => {
      const { requestId } = await cancelRequest(requestIdOf(event), ports);
      return json(202, await getRequest(requestId, ports));
    });
