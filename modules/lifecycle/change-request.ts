import { daysAfter } from '../common/day-window.ts';
import { InvalidInputError } from '../common/errors.ts';
import { sha256Of } from '../portal/agreed-preview.ts';
import { othersOfCase } from '../requests/cases.ts';
import { changeDeadline as changed } from '../requests/deadline.ts';
import type { Deadline, DeadlineChange, DenialReason, HandoverBody } from '../requests/deadline-facts.ts';
import { HandedOverError, WrongStateError } from '../requests/errors.ts';
import type { Executions } from '../requests/executions.ts';
import type { RequestRecord } from '../requests/record.ts';
import { isAnswered, isExpired, isFinal, isWaiting, needOf } from '../requests/state-machine.ts';
import { type RequestPorts, type Requests, transition } from '../requests/store.ts';
import type { SealedPorts, Vault } from '../requests/vault.ts';
import type { RequestList } from '../requests/views/get-request.ts';
import { OwnApprovalError } from './errors.ts';
import type { LifecyclePolicy } from './policy.ts';

/** Removes everything sealed of a Request that ended before anything ran. */
export const wipeUnstarted = ({ requestId }: RequestRecord, vault: Vault): Promise<void> =>
  vault.wipe(requestId, ['login', 'subject', 'mask', 'plan', 'nonce']);

/** Expires a Request that has waited too long for a person; leaves any other as it is. @returns the Request afterwards */
export async function expireIfDue(
  requestId: string,
  { requests, vault, clock }: Omit<SealedPorts, 'log'>,
): Promise<RequestRecord> {
  const record = await transition(requestId, requests, (present) =>
    isExpired(present, clock.now()) ? { to: 'EXPIRED' } : undefined,
  );
  if (record.state === 'EXPIRED') await wipeUnstarted(record, vault);
  return record;
}

/**
 * Requests cancellation (R7, R16): workers see the flag, the execution is stopped, and closing it removes what was stored. An
 * anonymization decides just before its commit; what waits for a person ends at once. @throws {WrongStateError} it has ended, or commits
 */
export async function cancelRequest(
  requestId: string,
  ports: Omit<SealedPorts, 'clock'> & { readonly executions: Executions },
): Promise<RequestRecord> {
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

/** Denies a Request that waits for a person, also after its approval; nothing about the Subject is kept. @throws {WrongStateError} */
export async function denyRequest(
  requestId: string,
  denialReason: DenialReason,
  deniedBy: string,
  ports: SealedPorts,
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
 * A second person approves a Request, which then waits for a login (docs/decisions/0024); an anonymization only with its preview.
 * @throws {WrongStateError | OwnApprovalError} @throws {InvalidInputError} the plan hash belongs to another preview
 */
export async function approveRequest(
  requestId: string,
  { planHash }: { readonly planHash?: string },
  approverId: string,
  { waitDays }: Pick<LifecyclePolicy, 'waitDays'>,
  ports: SealedPorts,
): Promise<RequestRecord> {
  const present = await expireIfDue(requestId, ports);
  if (present.state !== 'AWAITING_APPROVAL') throw new WrongStateError(requestId, present.state);
  if (present.callerId === approverId) throw new OwnApprovalError(requestId);
  const { planHashSha256: agreed } = present;
  if ((planHash && sha256Of(planHash)) !== agreed) {
    const wanted = agreed
      ? 'the plan hash that this request was started with'
      : 'absent: this request has no plan hash';
    throw new InvalidInputError([{ pointer: '/planHash', detail: `must be ${wanted}` }]);
  }
  const now = ports.clock.now();
  const record = await ports.requests.transition(requestId, 'AWAITING_LOGIN', {
    approvedBy: approverId,
    approvedAt: now.toISOString(),
    waitsUntil: daysAfter(now, waitDays.AWAITING_LOGIN).toISOString(),
  });
  ports.log.info('request approved', { requestId, state: record.state });
  return record;
}

/**
 * Pauses, resumes or extends the deadline of a Request, and of the others of its case. Its own comes last: after a failure the same
 * call does the rest. @throws {DeadlineError | WrongStateError} nothing is to be answered any more, or somebody else was faster
 */
export async function changeDeadline(
  requestId: string,
  change: DeadlineChange,
  { deadlineRules }: Pick<LifecyclePolicy, 'deadlineRules'>,
  ports: RequestPorts & { readonly requestList: RequestList },
): Promise<void> {
  const own = await ports.requests.get(requestId);
  const next = changed(own.deadline, change, ports.clock.now(), deadlineRules);
  if (needOf(own) === undefined) throw new WrongStateError(requestId, own.state);
  const others = (await othersOfCase(own, ports.requestList)).filter((record) => needOf(record) !== undefined);
  for (const record of [...others, own]) await putDeadline(record, next, ports.requests);
  ports.log.info('deadline changed', { requestId, state: own.state });
}

/** @throws {WrongStateError} somebody else has changed it, or the Request */
export async function putDeadline(record: RequestRecord, deadline: Deadline, requests: Requests): Promise<void> {
  const { requestId, state, deadlineChanges } = record;
  const facts = { deadline, deadlineChanges: deadlineChanges + 1 };
  await requests[isFinal(state) ? 'noteEnded' : 'note'](requestId, facts, { deadlineChanges });
}

/** Records that the answer was handed over: archive, certificate or refusal (R31). @throws {HandedOverError | InvalidInputError} */
export async function handOver(
  requestId: string,
  { to, at }: HandoverBody,
  { requests, clock, log }: RequestPorts,
): Promise<void> {
  const record = await requests.get(requestId);
  const { state, handover, createdAt } = record;
  if (handover) throw new HandedOverError(requestId, handover.at);
  if (!isAnswered(state) || needOf(record) === undefined) throw new WrongStateError(requestId, state);
  const now = clock.now().toISOString();
  const given = at === undefined ? now : new Date(at).toISOString();
  if (given < createdAt || given > now) {
    const detail = `must be between the start of the request (${createdAt}) and now`;
    throw new InvalidInputError([{ pointer: '/at', detail }]);
  }
  const held = { state, handover: undefined };
  try {
    await requests.noteEnded(requestId, { handover: { at: given, to } }, held);
  } catch (error) {
    if (!(error instanceof WrongStateError)) throw error;
    return handOver(requestId, { to, at: given }, { requests, clock, log }); // somebody was faster: says what is there now
  }
  log.info('answer handed over', { requestId, state });
}
