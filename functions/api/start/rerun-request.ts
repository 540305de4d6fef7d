import type { LifecyclePolicy } from '../../../modules/lifecycle/policy.ts';
import { type RerunRequestPorts, rerunRequest } from '../../../modules/lifecycle/rerun-request.ts';
import { refuseServiceAccount } from '../../../modules/lifecycle/start-execution.ts';
import { GivenLoginBody } from '../../../modules/requests/start-body.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import type { RequestList } from '../../../modules/requests/views/list-requests.ts';
import { bodyOf } from '../../http/body.ts';
import { type CallerLimitsPorts, type CallerPolicy, refuseTooManyRequests } from '../../http/caller-limits.ts';
import { callerOf, changeableRequest, freshHttp, inNameOf, json, limitCalls, route } from '../../http/http.ts';
import { type AnswerOncePorts, answerOnce } from '../../http/idempotent.ts';
import { log } from '../../wiring/environment.ts';
import { withNexthink } from '../../wiring/nexthink.ts';
import { startOncePorts } from '../../wiring/start-ports.ts';

interface Ports extends AnswerOncePorts, RerunRequestPorts, CallerLimitsPorts {
  readonly requestList: RequestList;
}

/** `POST /v1/requests/{requestId}/rerun`: queries the missing sources again, 202. */
export const createHandler = (policy: CallerPolicy & Pick<LifecyclePolicy, 'account'>, ports: Ports) =>
  route(
    ports,
    (event) =>
      answerOnce(event, ports, async ({ requestId: callId, resumed }) => {
        const requestId = await changeableRequest(event, ports);
        const { login } = bodyOf(event, GivenLoginBody);
        refuseServiceAccount(login, callerOf(event, ports.callers));
        const { rerunCallId, callerId, ticket } = await ports.requests.get(requestId);
        const isBegun = resumed && rerunCallId === callId; // by an earlier try, which crashed
        if (!isBegun) {
          if (!ticket) await refuseTooManyRequests(callerId, policy, ports); // it counts as unfinished again, for its requester
          await rerunRequest(requestId, login, policy, inNameOf(event, ports), callId);
        }
        return json(202, await getRequest(requestId, ports), { location: `/v1/requests/${requestId}` });
      }),
    limitCalls(policy, ports),
  );

export const handler = freshHttp(
  log,
  withNexthink(({ policy, outside }) => createHandler(policy, startOncePorts(outside))),
);
