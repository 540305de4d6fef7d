import { refuseGone } from '../archive/archive-of-request.ts';
import { type CheckLoginPorts, checkLogin } from '../engines/check-account.ts';
import { AmbiguousSubjectError, WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { GivenLogin } from '../requests/start-body.ts';
import { mayHaveMore } from '../requests/state-machine.ts';
import type { LifecyclePolicy } from './policy.ts';
import { type LaunchPorts, launch, openLogin, type ServiceAccountPorts, type Unstarted } from './start-execution.ts';

export type RerunRequestPorts = CheckLoginPorts & LaunchPorts & ServiceAccountPorts;

/**
 * Another attempt of a retrieval that ended short: queries what is missing, with a fresh login, for one whole archive. Until then, all
 * stays (docs/decisions/0023). @param callId a repeat of the API call finds the attempt that it began
 * @throws {AmbiguousSubjectError | WrongStateError | ArchiveExpiredError | ArchiveDestroyedError} and as `checkLogin`
 */
export async function rerunRequest(
  requestId: string,
  given: GivenLogin,
  { account }: Pick<LifecyclePolicy, 'account'>,
  ports: RerunRequestPorts,
  callId?: string,
): Promise<RequestRecord> {
  const before = await ports.requests.get(requestId);
  refuseRerun(before, ports.clock.now());
  const progress = await ports.requests.listProgress(requestId);
  // what is queried again; also what the attempt before has not come to
  const sources = before.sources.filter((source) => {
    const known = progress.filter((each) => each.source === source);
    return known.length === 0 || known.some(mayHaveMore);
  });
  const login = await openLogin(given, ports);
  const checked = await checkLogin(login, sources, account, ports);

  const attempt = before.attempt + 1;
  const accountPrivacy = before.accountPrivacy === 'full' ? checked.accountPrivacy : before.accountPrivacy;
  const changes = {
    attempt,
    accountPrivacy,
    cancelRequested: false,
    failure: undefined,
    handover: undefined, // what it brings must be handed over, too
    ...(callId !== undefined && { rerunCallId: callId }),
  };
  const held = { attempt: before.attempt, destroyedAt: undefined, sweptAt: undefined };
  const record = await ports.requests.transition(requestId, 'QUEUED', changes, held).catch(async (error: unknown) => {
    // the archive was destroyed, or the Request was moved, meanwhile
    if (error instanceof WrongStateError) refuseRerun(await ports.requests.get(requestId), ports.clock.now());
    throw error;
  });
  await launch({ ...record, sources }, login, before.state as Unstarted, ports);
  ports.log.info('request started again', { requestId, attempt, state: record.state });
  return record;
}

function refuseRerun(record: RequestRecord, now: Date): void {
  const { requestId, kind, state, failure } = record;
  if (failure === 'AmbiguousSubjectError') throw new AmbiguousSubjectError(requestId);
  const endedShort = state === 'COMPLETED_WITH_ERRORS' || state === 'FAILED';
  if (kind !== 'retrieve' || !endedShort) throw new WrongStateError(requestId, state);
  refuseGone(record, now);
}
