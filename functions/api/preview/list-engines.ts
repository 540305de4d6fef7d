import middy from '@middy/core';
import { listEngines } from '../../../modules/engines/list-engines.ts';
import type { PortalApi } from '../../../modules/engines/ports.ts';
import { LoginOnlyBody } from '../../../modules/requests/start-body.ts';
import type { CallerPolicy } from '../../http/caller-limits.ts';
import { bodyOf, freshHttp, httpApi, json, type LimitPorts, limitCalls } from '../../http/http.ts';
import type { HttpEvent, HttpResult } from '../../http/http-event.ts';
import { callers, clock, log } from '../../wiring/environment.ts';
import { nexthink } from '../../wiring/nexthink.ts';

interface ListEnginesPorts extends LimitPorts {
  readonly portalApi: PortalApi;
  readonly federation: readonly string[] | undefined;
}

/** `POST /v1/engines`: not a GET, because the body holds the login. */
export const createHandler = (policy: CallerPolicy, ports: ListEnginesPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .use(limitCalls(policy, ports))
    .handler(async (event) => json(200, await listEngines(bodyOf(event, LoginOnlyBody).login, ports)));

export const handler = freshHttp(log, async () => {
  const { policy, outside } = await nexthink();
  return { handler: createHandler(policy, { ...outside, callers: callers(), clock, log }) };
});
