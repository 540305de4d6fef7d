import middy from '@middy/core';
import { type LoginRequestPorts, loginRequest } from '../../../modules/lifecycle/login-request.ts';
import type { LifecyclePolicy } from '../../../modules/lifecycle/policy.ts';
import { refuseServiceAccount } from '../../../modules/lifecycle/start-execution.ts';
import { refuseWithout, SCOPE_OF } from '../../../modules/requests/caller.ts';
import { GivenLoginBody } from '../../../modules/requests/start-body.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import type { CallerPolicy } from '../../http/caller-limits.ts';
import {
  bodyOf,
  callerOf,
  changeableRequest,
  freshHttp,
  httpApi,
  inNameOf,
  type LimitPorts,
  limitCalls,
  shown,
} from '../../http/http.ts';
import type { HttpEvent, HttpResult } from '../../http/http-event.ts';
import { callers, log } from '../../wiring/environment.ts';
import { nexthink } from '../../wiring/nexthink.ts';
import { startPorts } from '../../wiring/start-ports.ts';

/** `POST /v1/requests/{requestId}/login`: starts the Request that waits for a login. */
export const createHandler = (
  policy: Pick<LifecyclePolicy, 'account' | 'nightlyJobs'> & CallerPolicy,
  ports: LimitPorts & LoginRequestPorts,
) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .use(limitCalls(policy, ports))
    .handler(async (event) => {
      const requestId = await changeableRequest(event, ports);
      const { kind } = await ports.requests.get(requestId);
      const caller = callerOf(event, ports.callers);
      refuseWithout(caller, [SCOPE_OF[kind]]);
      const { login } = bodyOf(event, GivenLoginBody);
      refuseServiceAccount(login, caller);
      await loginRequest(requestId, login, caller, policy, inNameOf(event, ports));
      return shown(await getRequest(requestId, ports));
    });

export const handler = freshHttp(log, async () => {
  const { policy, outside } = await nexthink();
  return {
    handler: createHandler(policy, { ...startPorts(), ...outside, callers: callers() }),
    close: outside.engineApi.close,
  };
});
