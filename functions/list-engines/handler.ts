import middy from '@middy/core';
import type { PortalApi } from '../../modules/common/ports.ts';
import { listEngines } from '../../modules/engines/list-engines.ts';
import { bodyOf, type HttpEvent, type HttpResult, httpApi, json } from '../shared/http.ts';
import { type LimitPorts, limitCalls } from '../shared/limit-calls.ts';
import { LoginOnlyBody } from '../shared/schemas.ts';

interface ListEnginesPorts extends LimitPorts {
  readonly portalApi: PortalApi;
  readonly federation: readonly string[] | undefined;
}

/** `POST /v1/engines`: it takes the login, hence no GET. */
export const createHandler = (ports: ListEnginesPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .use(limitCalls(ports))
    .handler(async (event) => json(200, await listEngines(bodyOf(event, LoginOnlyBody).login, ports)));
