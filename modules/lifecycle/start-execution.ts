import { LoginInsufficientError, LoginRefusedError } from '../engines/errors.ts';
import type { Caller } from '../requests/caller.ts';
import { loginExpiry } from '../requests/cancellation.ts';
import { WrongStateError } from '../requests/errors.ts';
import type { Executions } from '../requests/executions.ts';
import type { RequestRecord, RequestState } from '../requests/record.ts';
import type { GivenLogin, Login } from '../requests/start-body.ts';
import type { Requests } from '../requests/store.ts';
import { transition } from '../requests/transition.ts';
import { type WaitingPorts, wipeUnstarted } from './cancel-request.ts';
import { NotStartedError, ServiceAccountError } from './errors.ts';

/** Access to the service account. */
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

export interface LaunchPorts extends WaitingPorts {
  readonly executions: Executions;
}

/** State of a Request whose execution could not be started; after a rerun it is the state before. */
export type Unstarted = 'FAILED' | 'COMPLETED_WITH_ERRORS';

/**
 * Seals the login of a `QUEUED` Request, if Engines will be queried, and starts its execution. When that fails the Request
 * ends, unless it runs nevertheless: then only the answer of the start was lost.
 * @param unstarted state in which it ends
 * @throws {NotStartedError} the Request has ended in that state
 * @throws any other error when it is not known whether the Request runs
 */
export async function launch(
  record: RequestRecord,
  login: Login,
  unstarted: Unstarted,
  ports: LaunchPorts,
): Promise<void> {
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
    await requests.transition(requestId, unstarted, ended, { attempt, state: 'CANCELLING' }).catch(unlessEnded);
    ports.log.warn('request not started', { requestId, attempt, error: failure });
    throw new NotStartedError(requestId, { cause: error });
  }
}

/** The execution was started nevertheless, found that it may not begin, and has ended the Request before us. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof WrongStateError)) throw error;
}

/**
 * Moves a Request to a state in which no execution can begin, also one that was started although the answer was lost.
 * @returns false when the execution has begun, or others end the Request already
 */
async function keepFromStarting({ requestId, attempt }: RequestRecord, requests: Requests): Promise<boolean> {
  let found: RequestState | undefined;
  await transition(requestId, requests, (present) => {
    found = present.attempt === attempt ? present.state : undefined;
    return found === 'QUEUED' ? { to: 'CANCELLING' } : undefined;
  });
  return found === 'QUEUED';
}
