import { type CheckLoginPorts, checkLogin } from '../check-login.ts';
import { InvalidInputError } from '../errors.ts';
import type { CoUsers, RequestRecord, StartRequestBody } from '../model.ts';
import { type NightlyJobs, refuseDuringNightlyJobs } from '../nightly-jobs.ts';
import { refuseEngineName, refuseName } from '../nxql.ts';
import { splitPlanHash } from '../portal-plan.ts';
import type { Clock, Executions, Log, Requests, Vault } from '../ports.ts';

/** An execution may run so long, and no login lives longer (D13a). */
export const LONGEST_RUN_MS = 12 * 3_600_000;
/** A Subject is needed until the last rerun day. */
const SUBJECT_LIFE_MS = 30 * 86_400_000;

export interface StartRequestPorts extends CheckLoginPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly executions: Executions;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  /** What becomes of other people's names when the Caller does not say. */
  readonly coUsers: CoUsers;
  /** When no anonymization starts. */
  readonly nightlyJobs: NightlyJobs;
  /** Whether an anonymization needs the plan hash of a preview. */
  readonly preview: 'optional' | 'required';
  /** Base64 of 32 bytes from a CSPRNG. */
  readonly newKey: () => string;
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
  const plan = body.kind === 'anonymize' ? planOf(body, ports) : undefined;
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
    ...(body.recipients && { recipients: body.recipients }),
    state: 'QUEUED',
    attempt: 1,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    cancelRequested: false,
    accountPrivacy,
    ...(plan && { planDigest: plan.digest }),
    ...(body.kind === 'retrieve' && { coUsers: body.coUsers ?? ports.coUsers }),
  };
  await ports.requests.create(record);
  try {
    const until = (ms: number) => new Date(now.getTime() + ms);
    await ports.vault.seal(requestId, 'subject', body.subject, until(SUBJECT_LIFE_MS));
    if (sources.includes('engine')) await ports.vault.seal(requestId, 'login', body.login, until(LONGEST_RUN_MS));
    if (record.coUsers === 'mask') await ports.vault.seal(requestId, 'mask', ports.newKey(), until(SUBJECT_LIFE_MS));
    if (body.kind === 'anonymize') await ports.vault.seal(requestId, 'nonce', ports.newKey(), until(SUBJECT_LIFE_MS));
    if (plan) await ports.vault.seal(requestId, 'plan', plan.nonce, until(SUBJECT_LIFE_MS));
    await ports.executions.start(body.kind, requestId, record.attempt);
  } catch (error) {
    await ports.vault.wipe(requestId, ['login', 'subject', 'mask', 'plan', 'nonce']);
    await ports.requests.transition(requestId, 'FAILED', { failure: (error as Error).name });
    throw error;
  }
  ports.log.info('request started', { requestId, attempt: record.attempt, state: record.state });
  return record;
}

/** The plan that an anonymization is started with, if any. @throws {InvalidInputError | NightlyJobsError} */
function planOf(
  { planHash }: { readonly planHash?: string },
  { clock, nightlyJobs, preview }: StartRequestPorts,
): ReturnType<typeof splitPlanHash> {
  refuseDuringNightlyJobs(clock.now(), nightlyJobs);
  const plan = planHash === undefined ? undefined : splitPlanHash(planHash);
  const refuse = (detail: string) => new InvalidInputError([{ pointer: '/planHash', detail }]);
  if (planHash !== undefined && !plan) throw refuse('must be the planHash of POST /v1/preview');
  if (!plan && preview === 'required') throw refuse('is missing: ask POST /v1/preview first');
  return plan;
}
