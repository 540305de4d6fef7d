import { type CheckLoginPorts, checkLogin } from '../check-login.ts';
import { InvalidInputError } from '../errors.ts';
import type { RequestRecord, StartRequestBody } from '../model.ts';
import { refuseEngineName, refuseName } from '../nxql.ts';
import type { Clock, Executions, Log, Requests, Vault } from '../ports.ts';

/** An execution may run so long, and no login lives longer (D13a). */
const LONGEST_RUN_MS = 12 * 3_600_000;
/** A Subject is needed until the last rerun day. */
const SUBJECT_LIFE_MS = 30 * 86_400_000;

export interface StartRequestPorts extends CheckLoginPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly executions: Executions;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
}

/**
 * Starts a Request after all that can be refused was refused (R23): name, then account (R4). Only then are name and
 * login sealed, the Request written and the execution started.
 * @throws {InvalidInputError | LoginRefusedError | LoginInsufficientError | LoginNotVerifiableError
 *   | PortalApiUnavailableError}
 */
export async function startRequest(
  body: StartRequestBody,
  callerId: string,
  ports: StartRequestPorts,
): Promise<RequestRecord> {
  const sources = body.kind === 'retrieve' ? body.sources : (['portal'] as const);
  const { name } = body.subject;
  const refused = refuseName(name) ?? (sources.includes('engine') ? refuseEngineName(name) : undefined);
  if (refused) throw new InvalidInputError([{ pointer: '/subject/name', detail: refused }]);
  const { accountPrivacy } = await checkLogin(body.login, sources, ports);

  const now = ports.clock.now();
  const requestId = ports.newId();
  const record: RequestRecord = {
    requestId,
    kind: body.kind,
    subjectKind: body.subject.kind,
    sources,
    callerId,
    ...(body.reference !== undefined && { reference: body.reference }),
    state: 'QUEUED',
    attempt: 1,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    cancelRequested: false,
    accountPrivacy,
  };
  await ports.requests.create(record);
  try {
    const until = (ms: number) => new Date(now.getTime() + ms);
    await ports.vault.seal(requestId, 'subject', body.subject, until(SUBJECT_LIFE_MS));
    if (sources.includes('engine')) await ports.vault.seal(requestId, 'login', body.login, until(LONGEST_RUN_MS));
    await ports.executions.start(body.kind, requestId, record.attempt);
  } catch (error) {
    await ports.vault.wipe(requestId, ['login', 'subject']);
    await ports.requests.transition(requestId, 'FAILED', { failure: (error as Error).name });
    throw error;
  }
  ports.log.info('request started', { requestId, attempt: record.attempt, state: record.state });
  return record;
}
