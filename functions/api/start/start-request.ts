import type { LifecyclePolicy } from '../../../modules/lifecycle/policy.ts';
import { type StartAboutSubjectPorts, startAboutSubject } from '../../../modules/lifecycle/start-about-subject.ts';
import { refuseServiceAccount } from '../../../modules/lifecycle/start-execution.ts';
import { refuseWithout, SCOPE_OF } from '../../../modules/requests/caller.ts';
import { RequestNotFoundError } from '../../../modules/requests/errors.ts';
import { StartRequestBody } from '../../../modules/requests/start-body.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import type { RequestList } from '../../../modules/requests/views/list-requests.ts';
import type { Duplicates, StartedView } from '../../../modules/requests/views/request-view.ts';
import { bodyOf } from '../../http/body.ts';
import { type CallerLimitsPorts, type CallerPolicy, refuseTooManyRequests } from '../../http/caller-limits.ts';
import { callerOf, freshHttp, inNameOf, json, limitCalls, route } from '../../http/http.ts';
import { type AnswerOncePorts, answerOnce } from '../../http/idempotent.ts';
import { log } from '../../wiring/environment.ts';
import { withNexthink } from '../../wiring/nexthink.ts';
import { startOncePorts } from '../../wiring/start-ports.ts';

interface Ports extends AnswerOncePorts, StartAboutSubjectPorts, CallerLimitsPorts {
  readonly requestList: RequestList;
}

/** `POST /v1/requests`: 202 with the location of the new Request. */
export const createHandler = (policy: LifecyclePolicy & CallerPolicy, ports: Ports) =>
  route(
    ports,
    (event) =>
      answerOnce(event, ports, async ({ requestId, resumed }) => {
        const caller = callerOf(event, ports.callers);
        const body = bodyOf(event, StartRequestBody);
        refuseWithout(caller, [SCOPE_OF[body.kind]]);
        refuseServiceAccount(body.login, caller);
        let others: Duplicates = { duplicates: [], otherDuplicates: 0 };
        if (!(resumed && (await isThere(requestId, ports)))) {
          await refuseTooManyRequests(caller.callerId, policy, ports);
          others = await startAboutSubject({ requestId, body, caller }, policy, inNameOf(event, ports));
        }
        const { duplicates, otherDuplicates } = others;
        const view: StartedView = { ...(await getRequest(requestId, ports)), duplicates, otherDuplicates };
        return json(202, view, { location: `/v1/requests/${requestId}` });
      }),
    limitCalls(policy, ports),
  );

/** Whether an earlier try, which crashed, created the Request. */
async function isThere(requestId: string, { requests }: StartAboutSubjectPorts): Promise<boolean> {
  try {
    return (await requests.get(requestId)) !== undefined;
  } catch (error) {
    if (error instanceof RequestNotFoundError) return false;
    throw error;
  }
}

export const handler = freshHttp(
  log,
  withNexthink(({ policy, outside }) => createHandler(policy, startOncePorts(outside))),
);
