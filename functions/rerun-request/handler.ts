import middy from '@middy/core';
import * as z from 'zod';
import { getRequest } from '../../core/steps/get-request.ts';
import { type RerunRequestPorts, rerunRequest } from '../../core/steps/rerun-request.ts';
import { visibleRequest } from '../shared/callers.ts';
import { bodyOf, type HttpEvent, type HttpPorts, type HttpResult, httpApi, json } from '../shared/http.ts';
import { LoginBody } from '../shared/schemas.ts';

const RerunBody = z.strictObject({ login: LoginBody });

/** `POST /v1/requests/{requestId}/rerun`: asks the missing sources again, 202. */
export const createHandler = (ports: HttpPorts & RerunRequestPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => {
      const requestId = await visibleRequest(event, ports);
      await rerunRequest(requestId, bodyOf(event, RerunBody).login, ports);
      return json(202, await getRequest(requestId, ports), { location: `/v1/requests/${requestId}` });
    });
