import middy from '@middy/core';
import type { LifecyclePolicy } from '../../modules/lifecycle/policy.ts';
import { type PreviewRequestPorts, previewRequest } from '../../modules/lifecycle/preview-request.ts';
import { PreviewBody } from '../../modules/lifecycle/preview-view.ts';
import { refuseWithout, SCOPE_OF } from '../../modules/requests/caller.ts';
import { callerOf } from '../http/authorize.ts';
import { bodyOf, httpApi, json } from '../http/http.ts';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';
import { type LimitPorts, limitCalls } from '../http/limit-calls.ts';

/** `POST /v1/preview`: it takes name and login, hence no GET. */
export const createHandler = (policy: Pick<LifecyclePolicy, 'nightlyJobs'>, ports: LimitPorts & PreviewRequestPorts) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .use(limitCalls(ports))
    .handler(async (event) => {
      const body = bodyOf(event, PreviewBody);
      refuseWithout(callerOf(event, ports.callers), [SCOPE_OF[body.kind]]);
      return json(200, await previewRequest(body, policy, ports));
    });
