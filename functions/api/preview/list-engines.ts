import middy from '@middy/core';
import { pause } from '../../../modules/common/adapters/sleep.ts';
import type { CheckLoginPorts } from '../../../modules/engines/check-account.ts';
import { listEngines } from '../../../modules/engines/list-engines.ts';
import { LoginOnlyBody } from '../../../modules/requests/start-body.ts';
import type { CallerPolicy } from '../../http/caller-limits.ts';
import { bodyOf, freshHttp, httpApi, json, type LimitPorts, limitCalls } from '../../http/http.ts';
import type { HttpEvent, HttpResult } from '../../http/http-event.ts';
import { callers, clock, log } from '../../wiring/environment.ts';
import { nexthink } from '../../wiring/nexthink.ts';
import { leases } from '../../wiring/tables.ts';

/** `POST /v1/engines`: not a GET, because the body holds the login. */
export const createHandler = (policy: CallerPolicy, ports: LimitPorts & CheckLoginPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .use(limitCalls(policy, ports))
    .handler(async (event) => json(200, await listEngines(bodyOf(event, LoginOnlyBody).login, ports)));

export const handler = freshHttp(log, async () => {
  const { policy, outside } = await nexthink();
  return {
    handler: createHandler(policy, { ...outside, callers: callers(), leases: leases(), pause, clock, log }),
    close: outside.engineApi.close,
  };
});
