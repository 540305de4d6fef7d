import { DeviceBody, whereIsDevice } from '../../modules/lifecycle/device-removal.ts';
import type { LifecyclePolicy } from '../../modules/lifecycle/policy.ts';
import { type RerunRequestPorts, rerunRequest } from '../../modules/lifecycle/rerun-request.ts';
import { loginRequest, refuseServiceAccount } from '../../modules/lifecycle/start-execution.ts';
import { type StartAboutSubjectPorts, startAboutSubject } from '../../modules/lifecycle/start-request.ts';
import { refuseWithout, SCOPE_OF } from '../../modules/requests/caller.ts';
import { requestsWith } from '../../modules/requests/cases.ts';
import { GivenLoginBody, StartRequestBody } from '../../modules/requests/start-body.ts';
import { recordsOf } from '../../modules/requests/subjects/subject-index.ts';
import {
  type Duplicates,
  getRequest,
  type RequestList,
  type StartedView,
} from '../../modules/requests/views/get-request.ts';
import { type CallerLimitsPorts, type CallerPolicy, refuseTooManyRequests } from '../http/caller-limits.ts';
import * as http from '../http/http.ts';
import { type AnswerOncePorts, answerOnce } from '../http/idempotent.ts';
import { log } from '../wiring/environment.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { startPorts } from '../wiring/start-ports.ts';
import { idempotency, requestList } from '../wiring/tables.ts';

/** Of the calls that start something once for each `Idempotency-Key`. */
type OncePorts = AnswerOncePorts & CallerLimitsPorts & { readonly requestList: RequestList };

/** `POST /v1/requests`: 202 with the location of the new Request. */
export const startRoute = (policy: LifecyclePolicy & CallerPolicy, ports: OncePorts & StartAboutSubjectPorts) =>
  http.routeWithLogin(policy, ports, (event) =>
    answerOnce(event, ports, async ({ requestId, resumed }) => {
      const caller = http.callerOf(event, ports.callers);
      const body = http.bodyOf(event, StartRequestBody);
      refuseWithout(caller, [SCOPE_OF[body.kind]]);
      refuseServiceAccount(body.login, caller);
      let others: Duplicates = { duplicates: [], otherDuplicates: 0 };
      const [begun] = resumed ? await recordsOf([{ requestId }], ports.requests) : []; // by an earlier try, which crashed
      if (!begun) {
        await refuseTooManyRequests(caller.callerId, policy, ports);
        const sameReference = await requestsWith(body.reference, ports.requestList);
        others = await startAboutSubject(
          { requestId, body, caller, sameReference },
          policy,
          http.inNameOf(event, ports),
        );
      }
      const { duplicates, otherDuplicates } = others;
      const view: StartedView = { ...(await getRequest(requestId, ports)), duplicates, otherDuplicates };
      return http.json(202, view, { location: `/v1/requests/${requestId}` });
    }),
  );

/** `POST /v1/requests/{requestId}/rerun`: queries the missing sources again, 202. */
export const rerunRoute = (
  policy: CallerPolicy & Pick<LifecyclePolicy, 'account'>,
  ports: OncePorts & RerunRequestPorts,
) =>
  http.routeWithLogin(policy, ports, (event) =>
    answerOnce(event, ports, async ({ requestId: callId, resumed }) => {
      const requestId = await http.changeableRequest(event, ports);
      const { login } = http.bodyOf(event, GivenLoginBody);
      refuseServiceAccount(login, http.callerOf(event, ports.callers));
      const { rerunCallId, callerId, ticket } = await ports.requests.get(requestId);
      const isBegun = resumed && rerunCallId === callId; // by an earlier try, which crashed
      if (!isBegun) {
        if (!ticket) await refuseTooManyRequests(callerId, policy, ports); // it counts as unfinished again, for its requester
        await rerunRequest(requestId, login, policy, http.inNameOf(event, ports), callId);
      }
      return http.json(202, await getRequest(requestId, ports), { location: `/v1/requests/${requestId}` });
    }),
  );

/** Seals logins and starts executions. */
export const handler = http.freshHttp(
  log,
  withNexthink(({ policy, outside }) => {
    const ports = { ...startPorts(), ...outside, idempotency: idempotency(), requestList: requestList() };
    return http.router<'start'>({
      'POST /v1/requests': startRoute(policy, ports),
      'POST /v1/requests/{requestId}/login': http.routeWithLogin(policy, ports, async (event) => {
        const requestId = await http.changeableRequest(event, ports);
        const { kind } = await ports.requests.get(requestId);
        const caller = http.callerOf(event, ports.callers);
        refuseWithout(caller, [SCOPE_OF[kind]]);
        const { login } = http.bodyOf(event, GivenLoginBody);
        refuseServiceAccount(login, caller);
        await loginRequest(requestId, login, caller, policy, http.inNameOf(event, ports));
        return http.shown(await getRequest(requestId, ports));
      }),
      'POST /v1/requests/{requestId}/rerun': rerunRoute(policy, ports),
      'POST /v1/devices/where': http.routeWithLogin(policy, ports, async (event) => {
        const caller = http.callerOf(event, ports.callers);
        return http.json(
          200,
          await whereIsDevice(http.bodyOf(event, DeviceBody), caller, policy, http.inNameOf(event, ports)),
        );
      }),
    });
  }),
);
