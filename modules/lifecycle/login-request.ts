import { type CheckLoginPorts, checkLogin } from '../engines/check-account.ts';
import { refuseDuringNightlyJobs } from '../portal/nightly-jobs.ts';
import type { Caller } from '../requests/caller.ts';
import { SealedItemGoneError, WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { GivenLogin } from '../requests/start-body.ts';
import { claimSubject, releaseUnstarted, type Subjects } from '../requests/subjects/subject-index.ts';
import { expireIfDue } from './cancel-request.ts';
import type { LifecyclePolicy } from './policy.ts';
import { type LaunchPorts, launch, openLogin, type ServiceAccountPorts } from './start-execution.ts';

export interface LoginRequestPorts extends CheckLoginPorts, LaunchPorts, ServiceAccountPorts {
  readonly subjects: Subjects;
}

/**
 * Starts a Request that has waited for a login, once the account was checked (R4). From here on an anonymization holds its
 * Subject, so that no other one of the same Subject starts.
 * @throws {WrongStateError} the Request waits for no login
 * @throws {ServiceAccountError | NightlyJobsError | LoginRefusedError | LoginInsufficientError | LoginNotVerifiableError
 *   | PortalApiUnavailableError | SubjectBusyError} the Request keeps waiting
 * @throws {SealedItemGoneError} the hash of the name is gone, so another anonymization of the same Subject could not be seen
 */
export async function loginRequest(
  requestId: string,
  given: GivenLogin,
  caller: Caller,
  { account, nightlyJobs }: Pick<LifecyclePolicy, 'account' | 'nightlyJobs'>,
  ports: LoginRequestPorts,
): Promise<RequestRecord> {
  const present = await expireIfDue(requestId, ports);
  if (present.state !== 'AWAITING_LOGIN') throw new WrongStateError(requestId, present.state);
  if (present.kind === 'anonymize') refuseDuringNightlyJobs(ports.clock.now(), nightlyJobs);
  const login = await openLogin(given, ports);
  const { accountPrivacy } = await checkLogin(login, present.sources, account, ports);
  const mac = present.kind === 'anonymize' ? await subjectOf(requestId, ports.subjects) : undefined;
  if (mac) await claimSubject(mac, requestId, caller, ports);
  try {
    const record = await ports.requests.transition(requestId, 'QUEUED', { accountPrivacy }, { state: present.state });
    await launch(record, login, 'FAILED', ports);
    ports.log.info('request started', { requestId, attempt: record.attempt, state: record.state });
    return record;
  } catch (error) {
    if (mac) await releaseUnstarted(mac, requestId, ports);
    throw error;
  }
}

async function subjectOf(requestId: string, subjects: Subjects): Promise<string> {
  const mac = await subjects.macOf(requestId);
  if (mac === undefined) throw new SealedItemGoneError('hash of the name');
  return mac;
}
