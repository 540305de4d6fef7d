import { type ApproveRequestPorts, approveRequest } from '../../../modules/lifecycle/approve-request.ts';
import type { LifecyclePolicy } from '../../../modules/lifecycle/policy.ts';
import { ApproveBody } from '../../../modules/requests/start-body.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import { bodyOf } from '../../http/body.ts';
import { callerOf, freshHttp, type HttpPorts, inNameOf, route, shown, visibleRequest } from '../../http/http.ts';
import { lifecyclePolicy } from '../../wiring/documents.ts';
import { log } from '../../wiring/environment.ts';
import { vault } from '../../wiring/keys.ts';
import { fresh } from '../../wiring/lazy.ts';
import { requestPorts } from '../../wiring/tables.ts';

/** `POST /v1/requests/{requestId}/approve`, by somebody other than the requester. */
export const createHandler = (policy: Pick<LifecyclePolicy, 'waitDays'>, ports: HttpPorts & ApproveRequestPorts) =>
  route(ports, async (event) => {
    const { requestId } = await approveRequest(
      await visibleRequest(event, ports),
      bodyOf(event, ApproveBody),
      callerOf(event, ports.callers).callerId,
      policy,
      inNameOf(event, ports),
    );
    return shown(await getRequest(requestId, ports));
  });

export const handler = freshHttp(
  log,
  fresh(async () => ({ handler: createHandler(await lifecyclePolicy(), { ...requestPorts(), vault: vault() }) })),
);
