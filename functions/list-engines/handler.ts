import middy from '@middy/core';
import * as z from 'zod';
import type { PortalApi } from '../../core/ports.ts';
import { listEngines } from '../../core/steps/list-engines.ts';
import { bodyOf, type HttpEvent, type HttpPorts, type HttpResult, httpApi, json } from '../shared/http.ts';
import { LoginBody } from '../shared/schemas.ts';

const ListEnginesBody = z.strictObject({ login: LoginBody });

interface ListEnginesPorts extends HttpPorts {
  readonly portalApi: PortalApi;
  readonly federation: readonly string[] | undefined;
}

/** `POST /v1/engines`: it takes the login, hence no GET. */
export const createHandler = (ports: ListEnginesPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => json(200, await listEngines(bodyOf(event, ListEnginesBody).login, ports)));
