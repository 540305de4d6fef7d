import { daysAfter } from '../common/day-window.ts';
import { InvalidInputError } from '../common/errors.ts';
import { sha256Of } from '../portal/agreed-preview.ts';
import { changeDeadline as changed } from '../requests/deadline.ts';
import type { DeadlineChange, DenialReason } from '../requests/deadline-facts.ts';
import { WrongStateError } from '../requests/errors.ts';
import type { Executions } from '../requests/executions.ts';
import type { RequestRecord } from '../requests/record.ts';
import { isExpired, isFinal, isWaiting } from '../requests/state-machine.ts';
import { type RequestPorts, transition } from '../requests/store.ts';
import type { Vault } from '../requests/vault.ts';
import { OwnApprovalError } from './errors.ts';
import type { LifecyclePolicy } from './policy.ts';

export interface WaitingPorts extends RequestPorts {
  readonly vault: Vault;
}

/** Removes everything sealed of a Request that ended before anything ran. */
export const wipeUnstarted = ({ requestId }: RequestRecord, vault: Vault): Promise<void> =>
  vault.wipe(requestId, ['login', 'subject', 'mask', 'plan', 'nonce']);

/**
 * Expires a Request that has waited too long for a person; leaves any other as it is. A repeat is harmless.
 * @returns the Request as it is afterwards
 */
export async function expireIfDue(
  requestId: string,
  { requests, vault, clock }: Omit<WaitingPorts, 'log'>,
): Promise<RequestRecord> {
  const record = await transition(requestId, requests, (present) =>
    isExpired(present, clock.now()) ? { to: 'EXPIRED' } : undefined,
  );
  if (record.state === 'EXPIRED') await wipeUnstarted(record, vault);
  return record;
}

export interface CancelRequestPorts extends Omit<WaitingPorts, 'clock'> {
  readonly executions: Executions;
}

/**
 * Requests cancellation (R7, R16): workers see the flag and stop, the execution is stopped, and closing it removes what was
 * stored. An anonymization is not stopped from outside: its worker decides just before the commit. A Request that waits
 * for a person is cancelled at once.
 * @throws {WrongStateError} the Request has ended, or its change has begun to be final
 */
export async function cancelRequest(requestId: string, ports: CancelRequestPorts): Promise<RequestRecord> {
  const record = await transition(requestId, ports.requests, ({ state }) => {
    if (isFinal(state) || state === 'VERIFYING') throw new WrongStateError(requestId, state);
    if (state === 'CANCELLING') return undefined;
    return { to: isWaiting(state) ? 'CANCELLED' : 'CANCELLING', patch: { cancelRequested: true } };
  });
  if (isFinal(record.state)) await wipeUnstarted(record, ports.vault);
  else if (record.kind === 'retrieve') await ports.executions.stop(record.kind, requestId, record.attempt);
  ports.log.info('request cancelled', { requestId, attempt: record.attempt, state: record.state });
  return record;
}

/**
 * Denies a Request that waits for a person, also after its approval. Nothing about the Subject is kept.
 * @throws {WrongStateError} the Request does not wait for a person
 */
export async function denyRequest(
  requestId: string,
  denialReason: DenialReason,
  deniedBy: string,
  ports: WaitingPorts,
): Promise<RequestRecord> {
  await expireIfDue(requestId, ports);
  const record = await transition(requestId, ports.requests, ({ state }) => {
    if (!isWaiting(state)) throw new WrongStateError(requestId, state);
    return { to: 'DENIED', patch: { denialReason, deniedBy, deniedAt: ports.clock.now().toISOString() } };
  });
  await wipeUnstarted(record, ports.vault);
  ports.log.info('request denied', { requestId, state: record.state });
  return record;
}

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

/**
 * Pauses, resumes or extends the deadline of a Request.
 * @throws {DeadlineError} the deadline cannot be changed in this way
 * @throws {WrongStateError} the Request has ended, or somebody else changed its deadline at the same time
 */
export async function changeDeadline(
  requestId: string,
  change: DeadlineChange,
  { deadlineRules }: Pick<LifecyclePolicy, 'deadlineRules'>,
  ports: RequestPorts,
): Promise<void> {
  const { deadline, deadlineChanges, state } = await ports.requests.get(requestId);
  const next = changed(deadline, change, ports.clock.now(), deadlineRules);
  await ports.requests.note(requestId, { deadline: next, deadlineChanges: deadlineChanges + 1 }, { deadlineChanges });
  ports.log.info('deadline changed', { requestId, state });
}
