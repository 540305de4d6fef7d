import middy from '@middy/core';
import { pause } from '../../../modules/common/adapters/sleep.ts';
import type { CheckLoginPorts } from '../../../modules/engines/check-account.ts';
import { findSubjects, SubjectsBody } from '../../../modules/engines/find-subjects.ts';
import type { AccountPolicy } from '../../../modules/engines/settings.ts';
import type { CallerPolicy } from '../../http/caller-limits.ts';
import { bodyOf, freshHttp, httpApi, json, type LimitPorts, limitCalls } from '../../http/http.ts';
import type { HttpEvent, HttpResult } from '../../http/http-event.ts';
import { callers, clock, log } from '../../wiring/environment.ts';
import { nexthink } from '../../wiring/nexthink.ts';
import { leases } from '../../wiring/tables.ts';

/** `POST /v1/subjects`: not a GET, because the body holds name and login. */
export const createHandler = (
  policy: CallerPolicy & { readonly account: AccountPolicy },
  ports: LimitPorts & CheckLoginPorts,
) =>
  middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .use(limitCalls(policy, ports))
    .handler(async (event) => json(200, await findSubjects(bodyOf(event, SubjectsBody), policy, ports)));

export const handler = freshHttp(log, async () => {
  const { policy, outside } = await nexthink();
  return {
    handler: createHandler(policy, { ...outside, callers: callers(), leases: leases(), pause, clock, log }),
    close: outside.engineApi.close,
  };
});
