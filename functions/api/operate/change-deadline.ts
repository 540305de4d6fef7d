import { type ChangeDeadlinePorts, changeDeadline } from '../../../modules/lifecycle/change-deadline.ts';
import type { LifecyclePolicy } from '../../../modules/lifecycle/policy.ts';
import { DeadlineChange } from '../../../modules/requests/deadline-facts.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import { bodyOf } from '../../http/body.ts';
import { changeableRequest, freshHttp, type HttpPorts, inNameOf, json, route } from '../../http/http.ts';
import { lifecyclePolicy } from '../../wiring/documents.ts';
import { log } from '../../wiring/environment.ts';
import { fresh } from '../../wiring/lazy.ts';
import { requestPorts } from '../../wiring/tables.ts';

/** `POST /v1/requests/{requestId}/deadline`: pauses, resumes or extends the deadline. */
export const createHandler = (policy: Pick<LifecyclePolicy, 'deadlineRules'>, ports: HttpPorts & ChangeDeadlinePorts) =>
  route(ports, async (event) => {
    const requestId = await changeableRequest(event, ports);
    await changeDeadline(requestId, bodyOf(event, DeadlineChange), policy, inNameOf(event, ports));
    return json(200, await getRequest(requestId, ports));
  });

export const handler = freshHttp(
  log,
  fresh(async () => ({ handler: createHandler(await lifecyclePolicy(), requestPorts()) })),
);
