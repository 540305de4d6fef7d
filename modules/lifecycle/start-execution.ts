import type { Clock, Log } from '../common/ports.ts';
import { WrongStateError } from '../requests/errors.ts';
import type { Executions } from '../requests/executions.ts';
import type { Login } from '../requests/login.ts';
import { loginLife } from '../requests/login-expiry.ts';
import type { RequestRecord, RequestState } from '../requests/record.ts';
import type { Requests } from '../requests/store.ts';
import { transition } from '../requests/transition.ts';
import type { Vault } from '../requests/vault.ts';
import { NotStartedError } from './errors.ts';
import { wipeUnstarted } from './expire.ts';

export interface LaunchPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly executions: Executions;
  readonly clock: Clock;
  readonly log: Log;
}

/** How a Request ends whose execution could not be started; a rerun leaves the older archive. */
type Unstarted = 'FAILED' | 'COMPLETED_WITH_ERRORS';

/**
 * Seals the login of a Request that is `QUEUED`, where Engines are to be asked, and starts its execution. When that fails
 * the Request ends, unless it runs all the same: then only the answer was lost, and the start has worked.
 * @param unstarted how it ends then
 * @throws {NotStartedError} it has ended so
 * @throws whatever else kept it from starting, when it is not known whether it runs
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
    const { until, latest } = loginLife(clock.now());
    if (sources.includes('engine')) await vault.seal(requestId, 'login', login, until, latest);
    await executions.start(kind, requestId, attempt);
  } catch (error) {
    if (!(await keepFromStarting(record, requests))) return;
    await (unstarted === 'FAILED' ? wipeUnstarted(record, vault) : vault.wipe(requestId, ['login']));
    const failure = (error as Error).name;
    const ended = unstarted === 'FAILED' ? { failure } : {};
    await requests.transition(requestId, unstarted, ended, { attempt, state: 'CANCELLING' }).catch(unlessEnded);
    ports.log.warn('request not started', { requestId, attempt, error: failure });
    throw new NotStartedError(requestId, { cause: error });
  }
}

/** An execution that was started all the same, and found that it may not begin, has ended the Request before us. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof WrongStateError)) throw error;
}

/**
 * Moves a Request to where no execution of it can begin any more: one that was started though its answer was lost finds
 * that. @returns false when it has begun, or others end it already
 */
async function keepFromStarting({ requestId, attempt }: RequestRecord, requests: Requests): Promise<boolean> {
  let found: RequestState | undefined;
  await transition(requestId, requests, (present) => {
    found = present.attempt === attempt ? present.state : undefined;
    return found === 'QUEUED' ? { to: 'CANCELLING' } : undefined;
  });
  return found === 'QUEUED';
}
