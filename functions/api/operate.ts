import { destroyArchive } from '../../modules/archive/destroy-archive.ts';
import * as changes from '../../modules/lifecycle/change-request.ts';
import { DeadlineChange, DenyBody, HandoverBody } from '../../modules/requests/deadline-facts.ts';
import { ApproveBody } from '../../modules/requests/start-body.ts';
import { getRequest, type RequestView } from '../../modules/requests/views/get-request.ts';
import * as http from '../http/http.ts';
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
  type Change = (requestId: string, event: http.HttpEvent, named: typeof ports) => Promise<unknown>;
  const changing = (answer: typeof http.shown, find: typeof http.visibleRequest, change: Change) =>
    http.route(ports, async (event) => {
      const requestId = await find(event, ports);
      await change(requestId, event, http.inNameOf(event, ports));
      return answer(await getRequest(requestId, ports));
    });
  const done = (view: RequestView) => http.json(200, view);
  return http.router<'operate'>({
    // By somebody other than the requester.
    'POST /v1/requests/{requestId}/approve': changing(http.shown, http.visibleRequest, async (id, event, named) => {
      const { callerId } = http.callerOf(event, ports.callers);
      await changes.approveRequest(id, http.bodyOf(event, ApproveBody), callerId, await lifecyclePolicy(), named);
    }),
    // With a reason of the closed list.
    'POST /v1/requests/{requestId}/deny': changing(http.shown, http.visibleRequest, (id, event, named) => {
      const { callerId } = http.callerOf(event, ports.callers);
      return changes.denyRequest(id, http.bodyOf(event, DenyBody).reasonCode, callerId, named);
    }),
    // 202 until the workers have stopped.
    'POST /v1/requests/{requestId}/cancel': changing(http.shown, http.changeableRequest, (id, _event, named) =>
      changes.cancelRequest(id, named),
    ),
    // Pauses, resumes or extends the deadline.
    'POST /v1/requests/{requestId}/deadline': changing(done, http.changeableRequest, async (id, event, named) =>
      changes.changeDeadline(id, http.bodyOf(event, DeadlineChange), await lifecyclePolicy(), named),
    ),
    'POST /v1/requests/{requestId}/handover': changing(done, http.changeableRequest, (id, event, named) =>
      changes.handOver(id, http.bodyOf(event, HandoverBody), named),
    ),
    'DELETE /v1/requests/{requestId}/archive': http.route(ports, async (event) => {
      await destroyArchive(await http.changeableRequest(event, ports), http.inNameOf(event, ports));
      return { statusCode: 204, headers: { 'cache-control': 'no-store' } };
    }),
  });
});
