import { destroyArchive } from '../../modules/archive/destroy-archive.ts';
import {
  approveRequest,
  cancelRequest,
  changeDeadline,
  denyRequest,
  handOver,
} from '../../modules/lifecycle/change-request.ts';
import { DeadlineChange, DenyBody, HandoverBody } from '../../modules/requests/deadline-facts.ts';
import { ApproveBody } from '../../modules/requests/start-body.ts';
import { getRequest } from '../../modules/requests/views/get-request.ts';
import {
  bodyOf,
  callerOf,
  changeableRequest,
  inNameOf,
  json,
  route,
  router,
  shown,
  visibleRequest,
} from '../http/http.ts';
import { lifecyclePolicy } from '../wiring/documents.ts';
import { lazy } from '../wiring/environment.ts';
import { executions } from '../wiring/executions.ts';
import { sealedPorts } from '../wiring/keys.ts';
import { archives, parts } from '../wiring/objects.ts';
import { requestList } from '../wiring/tables.ts';

/** Approves, denies and cancels Requests, changes deadlines and deletes archives. It reads no personal data and starts nothing. */
export const handler = lazy(() => {
  const stores = { requestList: requestList(), parts: parts(), archives: archives() };
  const ports = { ...sealedPorts(), ...stores, executions: executions() };
  return router<'operate'>({
    // By somebody other than the requester.
    'POST /v1/requests/{requestId}/approve': route(ports, async (event) => {
      const policy = await lifecyclePolicy();
      const requestId = await visibleRequest(event, ports);
      const { callerId } = callerOf(event, ports.callers);
      await approveRequest(requestId, bodyOf(event, ApproveBody), callerId, policy, inNameOf(event, ports));
      return shown(await getRequest(requestId, ports));
    }),
    // With a reason of the closed list.
    'POST /v1/requests/{requestId}/deny': route(ports, async (event) => {
      const requestId = await visibleRequest(event, ports);
      const { reasonCode } = bodyOf(event, DenyBody);
      await denyRequest(requestId, reasonCode, callerOf(event, ports.callers).callerId, inNameOf(event, ports));
      return shown(await getRequest(requestId, ports));
    }),
    // 202 until the workers have stopped.
    'POST /v1/requests/{requestId}/cancel': route(ports, async (event) => {
      const { requestId } = await cancelRequest(await changeableRequest(event, ports), inNameOf(event, ports));
      return shown(await getRequest(requestId, ports));
    }),
    // Pauses, resumes or extends the deadline.
    'POST /v1/requests/{requestId}/deadline': route(ports, async (event) => {
      const policy = await lifecyclePolicy();
      const requestId = await changeableRequest(event, ports);
      await changeDeadline(requestId, bodyOf(event, DeadlineChange), policy, inNameOf(event, ports));
      return json(200, await getRequest(requestId, ports));
    }),
    'POST /v1/requests/{requestId}/handover': route(ports, async (event) => {
      const requestId = await changeableRequest(event, ports);
      await handOver(requestId, bodyOf(event, HandoverBody), inNameOf(event, ports));
      return json(200, await getRequest(requestId, ports));
    }),
    'DELETE /v1/requests/{requestId}/archive': route(ports, async (event) => {
      await destroyArchive(await changeableRequest(event, ports), inNameOf(event, ports));
      return { statusCode: 204, headers: { 'cache-control': 'no-store' } };
    }),
  });
});
