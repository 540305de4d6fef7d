import { daysAfter, isDay } from '../common/day-window.ts';
import { InvalidInputError } from '../common/errors.ts';
import type { Macs } from '../common/hmac.ts';
import { type CheckLoginPorts, checkLogin } from '../engines/check-account.ts';
import { refuseEngineName, refuseName } from '../engines/nxql.ts';
import { planHashOf, sha256Of, splitPlanHash } from '../portal/agreed-preview.ts';
import { refuseDuringNightlyJobs } from '../portal/nightly-jobs.ts';
import { type Caller, maySee } from '../requests/caller.ts';
import { deadlineInCase } from '../requests/cases.ts';
import { type DeadlineRules, startOfDay } from '../requests/deadline.ts';
import { RequestNotFoundError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { StartRequestBody } from '../requests/start-body.ts';
import { hasArchive, isFinal } from '../requests/state-machine.ts';
import type { DecidedSubject, Subject } from '../requests/subject.ts';
import {
  canonicalSubject,
  claimSubject,
  recordsOf,
  releaseUnstarted,
  type Subjects,
} from '../requests/subjects/subject-index.ts';
import type { Duplicates } from '../requests/views/get-request.ts';
import { wipeUnstarted } from './change-request.ts';
import type { InitialState, LifecyclePolicy, Waivers } from './policy.ts';
import { type LaunchPorts, launch, openLogin, type ServiceAccountPorts } from './start-execution.ts';

/** Days in which a rerun may still need the Subject. */
const RERUN_DAYS = 30;

interface StartCommand {
  readonly requestId: string;
  readonly body: StartRequestBody;
  readonly caller: Caller;
  readonly origin?: Pick<RequestRecord, 'followUpOf' | 'ticket'>;
  /** Requests with the same reference, newest first: its deadline is theirs. */
  readonly sameReference?: readonly RequestRecord[];
  /** Rules that this start need not follow; never set for a call over HTTP. */
  readonly waived?: Waivers;
}

export interface StartRequestPorts extends CheckLoginPorts, LaunchPorts, ServiceAccountPorts {
  /** Base64 of 32 bytes from a CSPRNG. */
  readonly newKey: () => string;
}

/**
 * Starts a Request after every check that may refuse it (R23): the name, then the account (R4). Only then the name is sealed and
 * the Request written. One that waits for nobody is launched.
 * @param admit called once the login is known to be good, before the Request is written; it throws to refuse the start
 * @throws {InvalidInputError | ServiceAccountError} and as `checkLogin`
 */
export async function startRequest(
  command: StartCommand,
  policy: LifecyclePolicy,
  ports: StartRequestPorts,
  admit: (initialState: InitialState) => Promise<void> = async () => {},
): Promise<RequestRecord> {
  const { requestId, body } = command;
  const sources = sourcesOf(body);
  const forEngines = (name: string) => refuseName(name) ?? refuseEngineName(name);
  refuseSubject(body.subject, sources.includes('engine') ? forEngines : refuseName);
  const initialState = initialStateOf(command, policy);
  const change = body.kind === 'anonymize' || body.kind === 'rehearse' ? body : undefined;
  const plan = change && planOf(change, initialState, command.waived, policy, ports);
  const { deadlineRules } = policy;
  const receivedAt = receivedAtOf(body, deadlineRules, ports);
  const deadline = deadlineInCase(receivedAt, command.sameReference ?? [], ports.clock.now(), deadlineRules);
  const login = body.login && (await openLogin(body.login, ports));
  const accountPrivacy = login
    ? (await checkLogin(login, sources, policy.account, ports)).accountPrivacy
    : 'unverified';

  const now = ports.clock.now();
  await admit(initialState);
  const record: RequestRecord = {
    requestId,
    kind: body.kind,
    subjectKind: body.subject.kind,
    sources,
    callerId: command.caller.callerId,
    ...(body.reference !== undefined && { reference: body.reference }),
    ...(body.note !== undefined && { note: body.note }),
    ...(body.recipients && { recipients: body.recipients }),
    ...(body.kind === 'remove' && ticketOfCase(command)),
    ...command.origin,
    ...('commonWord' in body.subject && body.subject.commonWord && { commonWord: true }),
    state: initialState,
    ...(initialState !== 'QUEUED' && { waitsUntil: daysAfter(now, policy.waitDays[initialState]).toISOString() }),
    attempt: 1,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    cancelRequested: false,
    accountPrivacy,
    deadline,
    deadlineChanges: 0,
    ...(plan && { planDigest: plan.digest }),
    ...(plan &&
      initialState === 'AWAITING_APPROVAL' && { planHashSha256: sha256Of(planHashOf(plan.nonce, plan.digest)) }),
    ...(body.kind === 'retrieve' && { coUsers: body.coUsers ?? policy.coUsers }),
  };
  const mentions = change?.mentions;
  await write(record, { ...body.subject, ...(mentions && { mentions }) }, plan?.nonce, policy, ports);
  if (initialState === 'QUEUED' && login) await launch(record, login, 'FAILED', ports);
  ports.log.info('request started', { requestId, attempt: record.attempt, state: record.state });
  return record;
}

function sourcesOf(body: StartRequestBody): RequestRecord['sources'] {
  if (body.kind === 'retrieve') return body.sources;
  return body.kind === 'remove' ? ['engine'] : ['portal'];
}

/** The ticket of the other Requests of the case, which is told when the device is gone; only of those that the caller may see. */
function ticketOfCase({ sameReference = [], caller }: StartCommand): Pick<RequestRecord, 'ticket'> {
  const ticket = sameReference.find((record) => record.ticket && maySee(caller, record))?.ticket;
  return ticket ? { ticket } : {};
}

/** @throws {InvalidInputError} the name, or a chosen account, cannot be searched for */
export function refuseSubject({ name, accounts = [] }: Subject, refuse: (name: string) => string | undefined): void {
  const problems = [name, ...accounts].flatMap((each, at) => {
    const detail = refuse(each);
    const pointer = at === 0 ? '/subject/name' : `/subject/accounts/${at - 1}`;
    return detail === undefined ? [] : [{ pointer, detail }];
  });
  if (problems.length > 0) throw new InvalidInputError(problems);
}

/** Seals what must outlast every wait and rerun, and writes the Request. One that was written although the answer was lost goes on. */
async function write(
  record: RequestRecord,
  subject: DecidedSubject,
  planNonce: string | undefined,
  policy: LifecyclePolicy,
  { requests, vault, newKey }: StartRequestPorts,
): Promise<void> {
  const { requestId, kind, coUsers, createdAt } = record;
  const until = daysAfter(new Date(createdAt), subjectRetentionDays(kind, policy));
  try {
    await vault.seal(requestId, 'subject', subject, until);
    if (coUsers === 'mask') await vault.seal(requestId, 'mask', newKey(), until);
    if (kind === 'anonymize') await vault.seal(requestId, 'nonce', newKey(), until);
    if (planNonce !== undefined) await vault.seal(requestId, 'plan', planNonce, until);
    await requests.create(record);
  } catch (error) {
    const isThere = await requests.get(requestId).catch((caught: unknown) => {
      if (!(caught instanceof RequestNotFoundError)) throw error; // not known whether it was written: it keeps what it may need
    });
    if (isThere) return;
    await wipeUnstarted(record, vault);
    throw error;
  }
}

/** Days that a Subject is kept: every wait for a person, then until the last day of a rerun. */
const subjectRetentionDays = (kind: RequestRecord['kind'], { waitDays }: Pick<LifecyclePolicy, 'waitDays'>): number =>
  RERUN_DAYS + (kind === 'remove' ? waitDays.AWAITING_REMOVAL : waitDays.AWAITING_APPROVAL + waitDays.AWAITING_LOGIN);

/**
 * Whether a Request starts at once or waits for a person first. A login that comes before the approval is checked, not kept.
 * @throws {InvalidInputError} it would start, and there is no login
 */
function initialStateOf({ body: { kind, login }, waived }: StartCommand, { approval, loginLater }: LifecyclePolicy) {
  if (!login && loginLater === 'refused' && !waived?.login) {
    const detail = 'is missing: the settings do not allow a start without it';
    throw new InvalidInputError([{ pointer: '/login', detail }]);
  }
  if (kind === 'remove') return 'AWAITING_REMOVAL';
  if (kind !== 'rehearse' && approval[kind] === 'required' && !waived?.approval) return 'AWAITING_APPROVAL';
  return login ? 'QUEUED' : 'AWAITING_LOGIN';
}

/** When the GDPR began to apply (Art. 99(2)): no request is older. */
const FIRST_DAY = '2018-05-25';

/** When the person made the request. @throws {InvalidInputError} it is in the future, or before the GDPR applied */
function receivedAtOf({ receivedAt }: StartRequestBody, { zone }: DeadlineRules, { clock }: StartRequestPorts) {
  if (receivedAt === undefined) return undefined;
  const instant = isDay(receivedAt) ? startOfDay(receivedAt, zone) : new Date(receivedAt).toISOString();
  const refuse = (detail: string) => new InvalidInputError([{ pointer: '/receivedAt', detail }]);
  if (receivedAt < FIRST_DAY) throw refuse('is before 2018-05-25, the day on which the GDPR began to apply');
  if (Date.parse(instant) <= clock.now().getTime()) return instant;
  throw refuse('is in the future');
}

/** The plan that an anonymization is started with, if any. @throws {InvalidInputError | NightlyJobsError} */
function planOf(
  { planHash }: { readonly planHash?: string },
  initialState: InitialState,
  waived: Waivers | undefined,
  { nightlyJobs, preview }: LifecyclePolicy,
  { clock }: StartRequestPorts,
): ReturnType<typeof splitPlanHash> {
  if (initialState === 'QUEUED') refuseDuringNightlyJobs(clock.now(), nightlyJobs);
  const plan = planHash === undefined ? undefined : splitPlanHash(planHash);
  // An approver must know what is approved: the approval is bound to the plan.
  const isNeeded = (preview === 'required' && !waived?.preview) || initialState === 'AWAITING_APPROVAL';
  if (plan || !isNeeded) return plan;
  throw new InvalidInputError([{ pointer: '/planHash', detail: 'is missing: call POST /v1/preview first' }]);
}

export type StartAboutSubjectPorts = StartRequestPorts & { readonly subjects: Subjects; readonly macs: Macs };

/**
 * Starts a Request and returns which others are about the same Subject. One anonymization of a Subject runs at a time; a caller
 * learns that only after a good login (R14). @throws {SubjectBusyError}
 */
export async function startAboutSubject(
  command: StartCommand,
  policy: LifecyclePolicy,
  ports: StartAboutSubjectPorts,
): Promise<{ readonly record: RequestRecord } & Duplicates> {
  const { requestId, body, caller } = command;
  const { subjects, clock } = ports;
  const mac = await ports.macs.of('subject', canonicalSubject(body.subject));
  let others: readonly RequestRecord[] = [];
  let isAdmitted = false;
  const admit = async (initialState: InitialState) => {
    isAdmitted = true;
    if (body.kind !== 'retrieve' && initialState === 'QUEUED') await claimSubject(mac, requestId, caller, ports);
    await subjects.note(mac, requestId, daysAfter(clock.now(), subjectRetentionDays(body.kind, policy)));
    others = await recordsOf(await subjects.requestsAbout(mac), ports.requests);
  };
  try {
    const record = await startRequest(command, policy, ports, admit);
    return { record, ...duplicatesAmong(others, caller) };
  } catch (error) {
    if (isAdmitted) await releaseUnstarted(mac, requestId, ports);
    throw error;
  }
}

function duplicatesAmong(others: readonly RequestRecord[], caller: Caller): Duplicates {
  const counting = others.filter(({ kind, state }) => !isFinal(state) || (kind !== 'rehearse' && hasArchive(state)));
  const seen = counting.filter((record) => maySee(caller, record));
  return { duplicates: seen.map(({ requestId }) => requestId), otherDuplicates: counting.length - seen.length };
}
