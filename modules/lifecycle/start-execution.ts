import { ignoring } from '../common/errors.ts';
import { type CheckLoginPorts, checkLogin } from '../engines/check-account.ts';
import { LoginInsufficientError, LoginRefusedError } from '../engines/errors.ts';
import { refuseDuringNightlyJobs } from '../portal/nightly-jobs.ts';
import type { Caller } from '../requests/caller.ts';
import { loginExpiry } from '../requests/cancellation.ts';
import { SealedItemGoneError, WrongStateError } from '../requests/errors.ts';
import type { Executions } from '../requests/executions.ts';
import type { RequestRecord, RequestState } from '../requests/record.ts';
import type { GivenLogin, Login } from '../requests/start-body.ts';
import { type Requests, transition } from '../requests/store.ts';
import { claimSubject, releaseUnstarted, type Subjects } from '../requests/subjects/subject-index.ts';
import type { SealedPorts } from '../requests/vault.ts';
import { expireIfDue, wipeUnstarted } from './change-request.ts';
import { NotStartedError, ServiceAccountError } from './errors.ts';
import type { LifecyclePolicy } from './policy.ts';

export interface ServiceAccountPorts {
  /** Reads the login of the system's own Nexthink account; absent when none is set up. */
  readonly serviceAccount?: () => Promise<Login>;
}

/** The given login, or that of the service account. @throws {ServiceAccountError} none is set up */
export async function openLogin(given: GivenLogin, { serviceAccount }: ServiceAccountPorts): Promise<Login> {
  if (given !== 'service-account') return given;
  if (!serviceAccount) throw new ServiceAccountError('is not set up');
  return serviceAccount();
}

/** Over HTTP only machines may use the service account. @throws {ServiceAccountError} the caller is a person */
export function refuseServiceAccount(given: GivenLogin | undefined, { kind }: Caller): void {
  if (given === 'service-account' && kind !== 'machine') throw new ServiceAccountError('is only for machines');
}

/** Whether the account itself was refused: further tries might lock it. */
export const isAccountRefused = (error: unknown): boolean =>
  error instanceof LoginRefusedError || error instanceof LoginInsufficientError || error instanceof ServiceAccountError;

export type LaunchPorts = SealedPorts & { readonly executions: Executions };

/** State of a Request whose execution could not be started; after a rerun it is the state before. */
export type Unstarted = 'FAILED' | 'COMPLETED_WITH_ERRORS';

/**
 * Seals the login of a `QUEUED` Request, if Engines will be queried, and starts its execution. When that fails it ends as `unstarted`,
 * unless it runs nevertheless. @throws {NotStartedError} it has ended; after another error it is not known whether it runs
 */
export async function launch(record: RequestRecord, login: Login, unstarted: Unstarted, ports: LaunchPorts) {
  const { requestId, kind, attempt, sources } = record;
  const { requests, vault, executions, clock } = ports;
  try {
    const { until, latest } = loginExpiry(clock.now());
    if (sources.includes('engine')) await vault.seal(requestId, 'login', login, until, latest);
    await executions.start(kind, requestId, attempt);
  } catch (error) {
    if (!(await keepFromStarting(record, requests))) return;
    await (attempt === 1 ? wipeUnstarted(record, vault) : vault.wipe(requestId, ['login']));
    const failure = (error as Error).name;
    const ended = unstarted === 'FAILED' ? { failure } : {};
    const held = { attempt, state: 'CANCELLING' } as const;
    // Perhaps the execution was started nevertheless, found that it may not begin, and has ended the Request before us.
    await requests.transition(requestId, unstarted, ended, held).catch(ignoring(WrongStateError));
    ports.log.warn('request not started', { requestId, attempt, error: failure });
    throw new NotStartedError(requestId, { cause: error });
  }
}

/** Keeps an execution from beginning, also one that was started although the answer was lost. @returns false when it has begun */
async function keepFromStarting({ requestId, attempt }: RequestRecord, requests: Requests): Promise<boolean> {
  let found: RequestState | undefined;
  await transition(requestId, requests, (present) => {
    found = present.attempt === attempt ? present.state : undefined;
    return found === 'QUEUED' ? { to: 'CANCELLING' } : undefined;
  });
  return found === 'QUEUED';
}

/**
 * Starts a Request that has waited for a login, once the account was checked (R4). From here on an anonymization holds its Subject.
 * @throws {WrongStateError | ServiceAccountError | NightlyJobsError | SubjectBusyError} the Request keeps waiting; as `checkLogin`
 * @throws {SealedItemGoneError} the hash of the name is gone, so another anonymization of the same Subject could not be seen
 */
export async function loginRequest(
  requestId: string,
  given: GivenLogin,
  caller: Caller,
  { account, nightlyJobs }: Pick<LifecyclePolicy, 'account' | 'nightlyJobs'>,
  ports: CheckLoginPorts & LaunchPorts & ServiceAccountPorts & { readonly subjects: Subjects },
): Promise<RequestRecord> {
  const present = await expireIfDue(requestId, ports);
  if (present.state !== 'AWAITING_LOGIN') throw new WrongStateError(requestId, present.state);
  if (present.kind !== 'retrieve') refuseDuringNightlyJobs(ports.clock.now(), nightlyJobs);
  const login = await openLogin(given, ports);
  const { accountPrivacy } = await checkLogin(login, present.sources, account, ports);
  const changes = present.kind !== 'retrieve';
  const mac = changes ? await ports.subjects.macOf(requestId) : undefined;
  if (changes && mac === undefined) throw new SealedItemGoneError('hash of the name');
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
