import middy from '@middy/core';
import { type ChangeDeadlinePorts, changeDeadline } from '../../../modules/lifecycle/change-deadline.ts';
import type { LifecyclePolicy } from '../../../modules/lifecycle/policy.ts';
import { DeadlineChange } from '../../../modules/requests/deadline-facts.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import { bodyOf, changeableRequest, freshHttp, type HttpPorts, httpApi, inNameOf, json } from '../../http/http.ts';
import type { HttpEvent, HttpResult } from '../../http/http-event.ts';
import { lifecyclePolicy } from '../../wiring/documents.ts';
import { log } from '../../wiring/environment.ts';
import { requestPorts } from '../../wiring/tables.ts';

/** `POST /v1/requests/{requestId}/deadline`: pauses, resumes or extends the deadline. */
export const createHandler = (policy: Pick<LifecyclePolicy, 'deadlineRules'>, ports: HttpPorts & ChangeDeadlinePorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event) => {
      const requestId = await changeableRequest(event, ports);
      await changeDeadline(requestId, bodyOf(event, DeadlineChange), policy, inNameOf(event, ports));
      return json(200, await getRequest(requestId, ports));
    });

export const handler = freshHttp(log, async () => ({
  handler: createHandler(await lifecyclePolicy(), requestPorts()),
}));
