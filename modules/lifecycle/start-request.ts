import { InvalidInputError } from '../common/errors.ts';
import type { Log } from '../common/ports.ts';
import { type CheckLoginPorts, checkLogin } from '../engines/check-account.ts';
import { refuseEngineName, refuseName } from '../engines/nxql.ts';
import { planHashOf, sha256Of, splitPlanHash } from '../portal/agreed-preview.ts';
import { refuseQualified } from '../portal/names/name-matcher.ts';
import { type NightlyJobs, refuseDuringNightlyJobs } from '../portal/nightly-jobs.ts';
import { type DeadlineRules, startDeadline } from '../requests/deadline.ts';
import { RequestNotFoundError } from '../requests/errors.ts';
import type { RequestKind, RequestRecord } from '../requests/record.ts';
import type { StartRequestBody } from '../requests/start-body.ts';
import type { CoUsers, Subject } from '../requests/subject.ts';
import { wipeUnstarted } from './expire.ts';
import { openLogin, type ServiceAccountPorts } from './service-account.ts';
import { type LaunchPorts, launch } from './start-execution.ts';

const DAY_MS = 86_400_000;
const SUBJECT_LIFE_DAYS = 30;

/** States in which a life begins. */
export type Beginning = 'QUEUED' | 'AWAITING_APPROVAL' | 'AWAITING_LOGIN';

export interface StartRequestPorts extends CheckLoginPorts, LaunchPorts, ServiceAccountPorts {
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
  /** Which kinds of Request need a second person (docs/decisions/0024). */
  readonly approval: Readonly<Record<RequestKind, 'none' | 'required'>>;
  /** Whether a Request may begin without a login and wait for it. */
  readonly loginLater: 'refused' | 'allowed';
  /** How long a person is waited for, days. */
  readonly waitDays: Readonly<Record<Exclude<Beginning, 'QUEUED'>, number>>;
  readonly deadlineRules: DeadlineRules;
  /** What it follows from, when no Caller asks for it. */
  readonly origin?: Pick<RequestRecord, 'followUpOf' | 'ticket'>;
  /** Last word before the Request is written, once the login is known to be good. @throws to refuse it */
  readonly admit?: (beginning: Beginning) => Promise<void>;
}

/**
 * Starts a Request after all that can be refused was refused (R23): name, then account (R4). Only then is the name
 * sealed and the Request written; one that waits for nobody is started with its login sealed.
 * @throws {InvalidInputError | LoginRefusedError | LoginInsufficientError | LoginNotVerifiableError
 *   | PortalApiUnavailableError | ServiceAccountError}
 */
export async function startRequest(
  body: StartRequestBody,
  callerId: string,
  ports: StartRequestPorts,
): Promise<RequestRecord> {
  const sources = body.kind === 'retrieve' ? body.sources : (['portal'] as const);
  const { name } = body.subject;
  const refused =
    refuseName(name) ??
    (body.kind === 'anonymize' ? refuseQualified(body.subject) : undefined) ??
    (sources.includes('engine') ? refuseEngineName(name) : undefined);
  if (refused) throw new InvalidInputError([{ pointer: '/subject/name', detail: refused }]);
  const beginning = beginningOf(body, ports);
  const plan = body.kind === 'anonymize' ? planOf(body, beginning, ports) : undefined;
  const receivedAt = receivedAtOf(body, ports);
  const login = body.login && (await openLogin(body.login, ports));
  const accountPrivacy = login ? (await checkLogin(login, sources, ports)).accountPrivacy : 'unverified';

  const now = ports.clock.now();
  const requestId = ports.newId();
  await ports.admit?.(beginning);
  const record: RequestRecord = {
    requestId,
    kind: body.kind,
    subjectKind: body.subject.kind,
    sources,
    callerId,
    ...(body.reference !== undefined && { reference: body.reference }),
    ...(body.recipients && { recipients: body.recipients }),
    ...ports.origin,
    state: beginning,
    ...(beginning !== 'QUEUED' && { waitsUntil: later(now, ports.waitDays[beginning]) }),
    attempt: 1,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    cancelRequested: false,
    accountPrivacy,
    deadline: startDeadline(receivedAt, ports.deadlineRules),
    deadlineChanges: 0,
    ...(plan && { planDigest: plan.digest }),
    ...(plan && beginning === 'AWAITING_APPROVAL' && { planHashSha256: sha256Of(planHashOf(plan.nonce, plan.digest)) }),
    ...(body.kind === 'retrieve' && { coUsers: body.coUsers ?? ports.coUsers }),
  };
  await write(record, body.subject, plan?.nonce, ports);
  if (beginning === 'QUEUED' && login) await launch(record, login, 'FAILED', ports);
  ports.log.info('request started', { requestId, attempt: record.attempt, state: record.state });
  return record;
}

/** Seals the Subject and writes the Request; what is there though its answer was lost goes on. */
async function write(
  record: RequestRecord,
  subject: Subject,
  planNonce: string | undefined,
  ports: StartRequestPorts,
): Promise<void> {
  const { requestId } = record;
  try {
    await sealSubject(record, subject, planNonce, ports);
    await ports.requests.create(record);
  } catch (error) {
    const isThere = await ports.requests.get(requestId).catch((caught: unknown) => {
      if (!(caught instanceof RequestNotFoundError)) throw error; // not known: it keeps what it may need
    });
    if (isThere) return;
    await wipeUnstarted(record, ports.vault);
    throw error;
  }
}

/** So long a Subject is remembered: until the last rerun day, after every wait for a person, days. */
export const subjectLifeDays = ({ waitDays }: Pick<StartRequestPorts, 'waitDays'>): number =>
  SUBJECT_LIFE_DAYS + waitDays.AWAITING_APPROVAL + waitDays.AWAITING_LOGIN;

/** Seals what is to outlast every wait for a person; it is needed until the last rerun day. */
async function sealSubject(
  { requestId, kind, coUsers, createdAt }: RequestRecord,
  subject: Subject,
  planNonce: string | undefined,
  { vault, newKey, waitDays }: StartRequestPorts,
): Promise<void> {
  const until = new Date(later(new Date(createdAt), subjectLifeDays({ waitDays })));
  await vault.seal(requestId, 'subject', subject, until);
  if (coUsers === 'mask') await vault.seal(requestId, 'mask', newKey(), until);
  if (kind === 'anonymize') await vault.seal(requestId, 'nonce', newKey(), until);
  if (planNonce !== undefined) await vault.seal(requestId, 'plan', planNonce, until);
}

/**
 * Whether a Request starts at once or waits for a person first; a login that came too early is checked but not kept (docs/decisions/0024).
 * @throws {InvalidInputError} it would start, and there is no login
 */
function beginningOf({ kind, login }: StartRequestBody, { approval, loginLater }: StartRequestPorts): Beginning {
  if (!login && loginLater === 'refused') {
    throw new InvalidInputError([{ pointer: '/login', detail: 'is missing: the settings allow no start without it' }]);
  }
  if (approval[kind] === 'required') return 'AWAITING_APPROVAL';
  return login ? 'QUEUED' : 'AWAITING_LOGIN';
}

/** When the GDPR began to apply (Art. 99(2)): nobody asked by it before. */
const FIRST_DAY = Date.parse('2018-05-25T00:00:00Z');

/** When the person asked. @throws {InvalidInputError} it lies in the future, or before there was anything to ask by */
function receivedAtOf({ receivedAt }: StartRequestBody, { clock }: StartRequestPorts): string {
  const now = clock.now();
  if (receivedAt === undefined) return now.toISOString();
  const refuse = (detail: string) => new InvalidInputError([{ pointer: '/receivedAt', detail }]);
  if (Date.parse(receivedAt) < FIRST_DAY) throw refuse('lies before the GDPR applied: 2018-05-25');
  if (Date.parse(receivedAt) <= now.getTime()) return new Date(receivedAt).toISOString();
  throw refuse('lies in the future');
}

const later = (from: Date, days: number): string => new Date(from.getTime() + days * DAY_MS).toISOString();

/** The plan that an anonymization is started with, if any. @throws {InvalidInputError | NightlyJobsError} */
function planOf(
  { planHash }: { readonly planHash?: string },
  beginning: Beginning,
  { clock, nightlyJobs, preview }: StartRequestPorts,
): ReturnType<typeof splitPlanHash> {
  if (beginning === 'QUEUED') refuseDuringNightlyJobs(clock.now(), nightlyJobs);
  const plan = planHash === undefined ? undefined : splitPlanHash(planHash);
  const refuse = (detail: string) => new InvalidInputError([{ pointer: '/planHash', detail }]);
  if (planHash !== undefined && !plan) throw refuse('must be the planHash of POST /v1/preview');
  // Who approves must know what: an approval is bound to the plan.
  const isNeeded = preview === 'required' || beginning === 'AWAITING_APPROVAL';
  if (!plan && isNeeded) throw refuse('is missing: ask POST /v1/preview first');
  return plan;
}
