import { wipeUnstarted } from './end-waiting.ts';
import { loginLife } from './login-life.ts';
import type { Login, RequestRecord, RequestState } from './model.ts';
import { moveOn } from './move-on.ts';
import type { Clock, Executions, Requests, Vault } from './ports.ts';

export interface LaunchPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly executions: Executions;
  readonly clock: Clock;
}

/** How a Request ends whose execution could not be started, by the state it is found in. */
export type Unstarted = Partial<Readonly<Record<RequestState, RequestState>>>;

/** That of a first attempt. */
export const UNSTARTED: Unstarted = { QUEUED: 'FAILED', CANCELLING: 'CANCELLED' };

/**
 * Seals the login of a Request that is `QUEUED`, where Engines are to be asked, and starts its execution. When that fails
 * the Request ends, unless it turns out to run: then the start had worked and only its answer was lost.
 * @param unstarted how it ends then
 * @throws whatever kept it from starting
 */
export async function launch(
  { requestId, kind, attempt, sources }: RequestRecord,
  login: Login,
  unstarted: Unstarted,
  { requests, vault, executions, clock }: LaunchPorts,
): Promise<void> {
  try {
    const { until, latest } = loginLife(clock.now());
    if (sources.includes('engine')) await vault.seal(requestId, 'login', login, until, latest);
    await executions.start(kind, requestId, attempt);
  } catch (error) {
    await vault.wipe(requestId, ['login']);
    const left = await moveOn(requestId, requests, (present) => {
      const to = present.attempt === attempt ? unstarted[present.state] : undefined;
      return to && { to, patch: to === 'FAILED' ? { failure: (error as Error).name } : {} };
    });
    if (left.state === 'FAILED' || left.state === 'CANCELLED') await wipeUnstarted(left, vault);
    throw error;
  }
}
