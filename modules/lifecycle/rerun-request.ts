import { downloadableArchive } from '../archive/get-link.ts';
import type { Log } from '../common/ports.ts';
import { type CheckLoginPorts, checkLogin } from '../engines/check-account.ts';
import { WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { Source } from '../requests/source.ts';
import type { GivenLogin } from '../requests/start-body.ts';
import { mayHaveMore } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import { type LaunchPorts, launch, openLogin, type ServiceAccountPorts } from './start-execution.ts';

export interface RerunRequestPorts extends CheckLoginPorts, LaunchPorts, ServiceAccountPorts {
  readonly log: Log;
}

/**
 * Starts another attempt of a Request with missing sources. It queries only those, with a fresh login, and makes one whole
 * archive of what all attempts have retrieved (docs/decisions/0023). While it runs, and if it fails, the older archive stays.
 * @param callId id of the API call, so that a repeat of the call finds the attempt that it began
 * @throws {WrongStateError} no source is missing, or the Request has not ended
 * @throws {ArchiveExpiredError | ArchiveDestroyedError} the older archive and its Parts are gone
 * @throws {ServiceAccountError | LoginRefusedError | LoginInsufficientError | LoginNotVerifiableError | PortalApiUnavailableError}
 */
export async function rerunRequest(
  requestId: string,
  given: GivenLogin,
  ports: RerunRequestPorts,
  callId?: string,
): Promise<RequestRecord> {
  const before = await ports.requests.get(requestId);
  refuseRerun(before, ports.clock.now());
  const sources = await missingSources(requestId, ports.requests);
  const login = await openLogin(given, ports);
  await checkLogin(login, sources, ports);

  const attempt = before.attempt + 1;
  const changes = { attempt, cancelRequested: false, ...(callId !== undefined && { rerunCallId: callId }) };
  const record = await again(before, changes, ports);
  await launch({ ...record, sources }, login, 'COMPLETED_WITH_ERRORS', ports);
  ports.log.info('request started again', { requestId, attempt, state: record.state });
  return record;
}

/** @throws {ArchiveDestroyedError | WrongStateError} the archive was destroyed, or the Request was moved, meanwhile */
async function again(
  { requestId, attempt }: RequestRecord,
  changes: Partial<RequestRecord>,
  { requests, clock }: RerunRequestPorts,
): Promise<RequestRecord> {
  try {
    const held = { attempt, destroyedAt: undefined, sweptAt: undefined };
    return await requests.transition(requestId, 'QUEUED', changes, held);
  } catch (error) {
    if (error instanceof WrongStateError) refuseRerun(await requests.get(requestId), clock.now());
    throw error;
  }
}

function refuseRerun(record: RequestRecord, now: Date): void {
  const { requestId, kind, state } = record;
  if (kind !== 'retrieve' || state !== 'COMPLETED_WITH_ERRORS') throw new WrongStateError(requestId, state);
  downloadableArchive(record, now);
}

async function missingSources(requestId: string, requests: Requests): Promise<Source[]> {
  const missing = (await requests.listProgress(requestId)).filter(mayHaveMore);
  return [...new Set(missing.map(({ source }) => source))];
}
