import middy from '@middy/core';
import { refuseWithout } from '../../core/caller.ts';
import { RequestNotFoundError } from '../../core/errors.ts';
import { getRequest } from '../../core/steps/get-request.ts';
import { type StartRequestPorts, startRequest } from '../../core/steps/start-request.ts';
import { type AnswerOncePorts, answerOnce } from '../shared/answer-once.ts';
import { callerOf, inNameOf, SCOPE_OF } from '../shared/callers.ts';
import { bodyOf, type HttpEvent, type HttpResult, httpApi, json } from '../shared/http.ts';
import { StartBody } from '../shared/schemas.ts';

/** `POST /v1/requests`: 202 and where to look. */
export const createHandler = (ports: AnswerOncePorts & StartRequestPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler((event) =>
      answerOnce(event, ports, async ({ requestId, resumed }) => {
        const caller = callerOf(event, ports.callers);
        const body = bodyOf(event, StartBody);
        refuseWithout(caller, [SCOPE_OF[body.kind]]);
        if (!(resumed && (await isThere(requestId, ports)))) {
          await startRequest(body, caller.callerId, { ...inNameOf(event, ports), newId: () => requestId });
        }
        return json(202, await getRequest(requestId, ports), { location: `/v1/requests/${requestId}` });
      }),
    );

/** Whether the try that died had come so far; what it left unfinished ends as any other Request does. */
async function isThere(requestId: string, { requests }: StartRequestPorts): Promise<boolean> {
  try {
    return (await requests.get(requestId)) !== undefined;
  } catch (error) {
    if (error instanceof RequestNotFoundError) return false;
    throw error;
  }
}
