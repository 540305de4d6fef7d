import { daysAfter } from '../common/day-window.ts';
import { InvalidInputError } from '../common/errors.ts';
import { sha256Of } from '../portal/agreed-preview.ts';
import { WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import { expireIfDue, type WaitingPorts } from './cancel-request.ts';
import { OwnApprovalError } from './errors.ts';
import type { LifecyclePolicy } from './policy.ts';

/**
 * A second person approves a Request, which then waits for a login (docs/decisions/0024). An anonymization is approved
 * only together with its preview.
 * @param planHash of the preview that the Request was started with
 * @throws {WrongStateError} the Request waits for no approval
 * @throws {OwnApprovalError} it is the approver's own Request
 * @throws {InvalidInputError} the plan hash belongs to another preview
 */
export async function approveRequest(
  requestId: string,
  { planHash }: { readonly planHash?: string },
  approverId: string,
  { waitDays }: Pick<LifecyclePolicy, 'waitDays'>,
  ports: WaitingPorts,
): Promise<RequestRecord> {
  const present = await expireIfDue(requestId, ports);
  if (present.state !== 'AWAITING_APPROVAL') throw new WrongStateError(requestId, present.state);
  if (present.callerId === approverId) throw new OwnApprovalError(requestId);
  refuseOtherPlan(present, planHash);
  const now = ports.clock.now();
  const record = await ports.requests.transition(requestId, 'AWAITING_LOGIN', {
    approvedBy: approverId,
    approvedAt: now.toISOString(),
    waitsUntil: daysAfter(now, waitDays.AWAITING_LOGIN).toISOString(),
  });
  ports.log.info('request approved', { requestId, state: record.state });
  return record;
}

function refuseOtherPlan({ planHashSha256 }: RequestRecord, given: string | undefined): void {
  if ((given && sha256Of(given)) === planHashSha256) return;
  const detail = planHashSha256
    ? 'must be the plan hash that this request was started with'
    : 'must be absent: this request has no plan hash';
  throw new InvalidInputError([{ pointer: '/planHash', detail }]);
}
