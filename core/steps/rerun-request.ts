import { type CheckLoginPorts, checkLogin } from '../check-login.ts';
import { BundleDestroyedError, BundleExpiredError, WrongStateError } from '../errors.ts';
import { mayHaveMore } from '../manifest.ts';
import type { Login, RequestRecord, Source } from '../model.ts';
import type { Clock, Executions, Log, Requests, Vault } from '../ports.ts';
import { LONGEST_RUN_MS } from './start-request.ts';

export interface RerunRequestPorts extends CheckLoginPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly executions: Executions;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Starts another attempt of a Request that misses sources: it asks those alone, with a fresh login, and makes one whole
 * archive of what every attempt has brought (D9). As long as it runs, and if it fails, the older archive stays.
 * @throws {WrongStateError} the Request misses nothing, or has not ended
 * @throws {BundleExpiredError | BundleDestroyedError} the older archive is gone, and its Parts with it
 * @throws {LoginRefusedError | LoginInsufficientError | LoginNotVerifiableError | PortalApiUnavailableError}
 */
export async function rerunRequest(requestId: string, login: Login, ports: RerunRequestPorts): Promise<RequestRecord> {
  const before = await ports.requests.get(requestId);
  refuseRerun(before, ports.clock.now());
  const sources = await missingSources(requestId, ports.requests);
  await checkLogin(login, sources, ports);

  const attempt = before.attempt + 1;
  const record = await ports.requests.transition(requestId, 'QUEUED', { attempt, cancelRequested: false });
  try {
    const until = new Date(ports.clock.now().getTime() + LONGEST_RUN_MS);
    if (sources.includes('engine')) await ports.vault.seal(requestId, 'login', login, until);
    await ports.executions.start(record.kind, requestId, attempt);
  } catch (error) {
    await ports.vault.wipe(requestId, ['login']);
    await ports.requests.transition(requestId, 'COMPLETED_WITH_ERRORS');
    throw error;
  }
  ports.log.info('request started again', { requestId, attempt, state: record.state });
  return record;
}

function refuseRerun({ requestId, kind, state, bundle, destroyedAt }: RequestRecord, now: Date): void {
  if (kind !== 'retrieve' || state !== 'COMPLETED_WITH_ERRORS' || !bundle) throw new WrongStateError(requestId, state);
  if (destroyedAt) throw new BundleDestroyedError(requestId);
  if (Date.parse(bundle.expiresAt) <= now.getTime()) throw new BundleExpiredError(requestId);
}

async function missingSources(requestId: string, requests: Requests): Promise<Source[]> {
  const missing = (await requests.listProgress(requestId)).filter(mayHaveMore);
  return [...new Set(missing.map(({ source }) => source))];
}
