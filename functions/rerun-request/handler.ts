import middy from '@middy/core';
import * as z from 'zod';
import { getRequest } from '../../core/steps/get-request.ts';
import { type RerunRequestPorts, rerunRequest } from '../../core/steps/rerun-request.ts';
import { bodyOf, type HttpEvent, type HttpResult, json, problemDetails, requestIdOf } from '../shared/http.ts';
import { LoginBody } from '../shared/schemas.ts';

const RerunBody = z.strictObject({ login: LoginBody });

/** `POST /v1/requests/{requestId}/rerun`: asks the missing sources again, 202. */
export const createHandler = (ports: RerunRequestPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(problemDetails(ports.log))
    .handler(async (event) => {
      const { login } = bodyOf(event, RerunBody);
      const { requestId } = await rerunRequest(requestIdOf(event), login, ports);
      return json(202, await getRequest(requestId, ports), { location: `/v1/requests/${requestId}` });
    });
