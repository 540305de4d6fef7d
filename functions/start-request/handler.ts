import middy from '@middy/core';
import { refuseWithout } from '../../core/caller.ts';
import { RequestNotFoundError } from '../../core/errors.ts';
import type { Duplicates, StartedView } from '../../core/model.ts';
import { getRequest } from '../../core/steps/get-request.ts';
import { type StartAboutSubjectPorts, startAboutSubject } from '../../core/steps/start-about-subject.ts';
import { type AnswerOncePorts, answerOnce } from '../shared/answer-once.ts';
import { callerOf, inNameOf, SCOPE_OF } from '../shared/callers.ts';
import { bodyOf, type HttpEvent, type HttpResult, httpApi, json } from '../shared/http.ts';
import { StartBody } from '../shared/schemas.ts';

/** `POST /v1/requests`: 202 and where to look. */
export const createHandler = (ports: AnswerOncePorts & StartAboutSubjectPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler((event) =>
      answerOnce(event, ports, async ({ requestId, resumed }) => {
        const caller = callerOf(event, ports.callers);
        const body = bodyOf(event, StartBody);
        refuseWithout(caller, [SCOPE_OF[body.kind]]);
        const none: Duplicates = { duplicates: [], otherDuplicates: 0 };
        const { duplicates, otherDuplicates } =
          resumed && (await isThere(requestId, ports))
            ? none
            : await startAboutSubject(body, caller, { ...inNameOf(event, ports), newId: () => requestId });
        const view: StartedView = { ...(await getRequest(requestId, ports)), duplicates, otherDuplicates };
        return json(202, view, { location: `/v1/requests/${requestId}` });
      }),
    );

/** Whether the try that died had come so far; what it left unfinished ends as any other Request does. */
async function isThere(requestId: string, { requests }: StartAboutSubjectPorts): Promise<boolean> {
  try {
    return (await requests.get(requestId)) !== undefined;
  } catch (error) {
    if (error instanceof RequestNotFoundError) return false;
    throw error;
  }
}
