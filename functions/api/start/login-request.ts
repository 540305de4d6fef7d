import { type LoginRequestPorts, loginRequest } from '../../../modules/lifecycle/login-request.ts';
import type { LifecyclePolicy } from '../../../modules/lifecycle/policy.ts';
import { refuseServiceAccount } from '../../../modules/lifecycle/start-execution.ts';
import { refuseWithout, SCOPE_OF } from '../../../modules/requests/caller.ts';
import { GivenLoginBody } from '../../../modules/requests/start-body.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import { bodyOf } from '../../http/body.ts';
import type { CallerPolicy } from '../../http/caller-limits.ts';
import {
  callerOf,
  changeableRequest,
  freshHttp,
  inNameOf,
  type LimitPorts,
  limitCalls,
  route,
  shown,
} from '../../http/http.ts';
import { callers, log } from '../../wiring/environment.ts';
import { withNexthink } from '../../wiring/nexthink.ts';
import { startPorts } from '../../wiring/start-ports.ts';

/** `POST /v1/requests/{requestId}/login`: starts the Request that waits for a login. */
export const createHandler = (
  policy: Pick<LifecyclePolicy, 'account' | 'nightlyJobs'> & CallerPolicy,
  ports: LimitPorts & LoginRequestPorts,
) =>
  route(
    ports,
    async (event) => {
      const requestId = await changeableRequest(event, ports);
      const { kind } = await ports.requests.get(requestId);
      const caller = callerOf(event, ports.callers);
      refuseWithout(caller, [SCOPE_OF[kind]]);
      const { login } = bodyOf(event, GivenLoginBody);
      refuseServiceAccount(login, caller);
      await loginRequest(requestId, login, caller, policy, inNameOf(event, ports));
      return shown(await getRequest(requestId, ports));
    },
    limitCalls(policy, ports),
  );

export const handler = freshHttp(
  log,
  withNexthink(({ policy, outside }) => createHandler(policy, { ...startPorts(), ...outside, callers: callers() })),
);
