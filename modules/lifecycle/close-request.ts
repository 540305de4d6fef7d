import * as z from 'zod';
import {
  deleteResults,
  type EarlierArchivesPorts,
  leaveSubject,
  settleEarlierArchives,
} from '../archive/destroy-archive.ts';
import { archiveKeyOf } from '../archive/name.ts';
import type { OwnArchives } from '../archive/settings.ts';
import { daysAfter } from '../common/day-window.ts';
import { holderOf, type Leases } from '../engines/leases.ts';
import { clearTraffic, type LastRedirection } from '../engines/redirection.ts';
import type { PortalLedger } from '../portal/ports.ts';
import { type CertificatePorts, issueCertificate } from '../proof/certificate.ts';
import type { RetentionDays } from '../proof/settings.ts';
import { AmbiguousSubjectError, RequestCancelledError, WrongStateError } from '../requests/errors.ts';
import type { Executions } from '../requests/executions.ts';
import { type RequestRecord, type RequestState, rowsChanged, type SignedCertificate } from '../requests/record.ts';
import { endedProgress, type SourceProgress, WORKER_LOST } from '../requests/source.ts';
import { Attempt, attemptsUpTo, isFinal, isUnfinished, outcomeOf, wasRetrieved } from '../requests/state-machine.ts';
import { recordsOf } from '../requests/subjects/subject-index.ts';
import { enterLedger, type SentinelEntryPorts } from '../sentinel/ledger.ts';
import type { SentinelPolicy } from '../sentinel/settings.ts';

/** Attempts that follow each other at once to verify a committed anonymization; the sweeper starts the later ones. */
const MAX_ATTEMPTS = 3;
const MIN_WAIT_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
/** What an anonymization needs until it is verified is kept for this many days after each look. */
const KEPT_DAYS = 60;

export interface CloseRequestPorts extends EarlierArchivesPorts, CertificatePorts {
  /** How long a failed retrieval keeps what it has retrieved, days. */
  readonly archiveDays: number;
  /** Read only when it is not known whether an anonymization was committed. */
  readonly portalLedger: () => Promise<PortalLedger>;
  readonly executions: Executions;
  readonly leases: Pick<Leases, 'leave'>;
  readonly sentinel: SentinelEntryPorts;
  readonly lastRedirection: Pick<LastRedirection, 'read'>;
  /** Reads the settings when a certificate, or another try to verify, is due: no other end of a Request depends on them. */
  readonly readPolicy: () => Promise<ClosingPolicy>;
}

interface ClosingPolicy {
  readonly ownArchives: OwnArchives;
  readonly retention: RetentionDays;
  readonly sentinel: SentinelPolicy;
  /** Days in which an anonymization is verified again with growing waits; then once a day. */
  readonly verifyDays: number;
}

/** An attempt that is over; `error`: name of what ended its execution, when something did. */
export const CloseEvent = Attempt.extend({ error: z.string().optional() });
export type CloseEvent = Readonly<z.infer<typeof CloseEvent>>;

/**
 * Task `Close Request`, also called when an execution was stopped or died: wipes the login, decides how the Request ends
 * and removes what must not stay. What a failed retrieval has retrieved stays for a rerun (docs/decisions/0023). An
 * anonymization that has, or may have, committed becomes `VERIFYING` until it is verified or known to have changed nothing
 * (docs/decisions/0010). A repeat is harmless.
 * @param maxAttempts a committed anonymization below this attempt gets its next one now
 */
export async function closeRequest(
  { requestId, attempt, error }: CloseEvent,
  ports: CloseRequestPorts,
  maxAttempts: number = MAX_ATTEMPTS,
): Promise<{ state: RequestState }> {
  const present = await ports.requests.get(requestId);
  if (present.attempt !== attempt) return { state: present.state }; // a late event of an older attempt: the login belongs to a newer one
  await ports.vault.wipe(requestId, ['login']);
  if (isFinal(present.state)) {
    await leaveSubject(present, ports);
    return { state: present.state };
  }
  const record = await settle(present, ports);
  const failure = present.failure ?? error; // the first one, which left it unverified
  if (!record || isUnverified(record)) return verifyLater(present, failure, record && attempt < maxAttempts, ports);
  const progress = await endSources(record, failure, ports);
  const state = endOf(record, progress, failure);
  const isAmbiguous = state === 'FAILED' && failure === new AmbiguousSubjectError().name; // nothing of two people is kept
  // what was cancelled leaves nothing (R7)
  if (state === 'CANCELLED' || isAmbiguous)
    await Promise.all([ports.vault.wipe(requestId, ['subject']), deleteResults(record, ports)]);
  else if (record.kind === 'retrieve' && (attempt > 1 || state === 'FAILED')) await keepOneArchive(record, ports);
  if (record.kind !== 'retrieve') await ports.vault.wipe(requestId, ['subject', 'plan']);
  const mayRerun = state === 'FAILED' && record.kind === 'retrieve' && !isAmbiguous;
  // further failures do not put it off
  const keptUntil = record.rerunUntil ?? daysAfter(ports.clock.now(), ports.archiveDays).toISOString();
  const rerunUntil = mayRerun ? keptUntil : undefined;
  if (state !== 'COMPLETED_WITH_ERRORS' && !rerunUntil) await ports.vault.wipe(requestId, ['mask']);
  const isProved = record.receipt?.residue === 0;
  if (record.kind === 'anonymize' && !isProved) await ports.vault.wipe(requestId, ['nonce']);
  const certificate = isProved ? await proofOf(record, ports) : undefined;
  const isShort = state === 'FAILED' || (record.receipt?.residue ?? 0) > 0;
  const ended = { rerunUntil, failure: isShort ? failure : undefined, ...(certificate && { certificate }) };
  const held = { attempt, state: present.state };
  try {
    await ports.requests.transition(requestId, state, { ...ended, counts: countsOf(progress) }, held);
  } catch (caught) {
    if (!(caught instanceof WrongStateError) || caught.state === present.state) throw caught;
    return closeRequest({ requestId, attempt, error }, ports, maxAttempts); // cancelled meanwhile: decide again
  }
  await leaveSubject(record, ports);
  ports.log.info('request closed', { requestId, attempt, state, ...(failure && { error: failure }) });
  return { state };
}

/** Engines that still receive clear names (R29), and open removals of the same device, which keep the name sealed (R28). */
async function furtherStores(
  { requestId, subjectKind }: RequestRecord,
  { lastRedirection, subjects, requests }: CloseRequestPorts,
) {
  const measured = await lastRedirection.read();
  const { line: why, places } = measured ? clearTraffic(subjectKind, measured) : { line: '', places: [] };
  const mac = await subjects.macOf(requestId);
  const about = mac === undefined ? [] : await recordsOf(await subjects.requestsAbout(mac), requests);
  const open = about.filter(({ state }) => state === 'AWAITING_REMOVAL');
  return [
    ...(places.length > 0 ? [{ store: 'engine-traffic', why, until: null, places }] : []),
    ...open.map(({ waitsUntil = '' }) => ({ store: 'own-removal', why: OWN_REMOVAL, until: waitsUntil.slice(0, 10) })),
  ];
}

const OWN_REMOVAL = 'a removal of the same device is under way and keeps the name sealed';

/** The certificate, after the archives of earlier retrievals are destroyed or listed in it. */
async function proofOf(record: RequestRecord, ports: CloseRequestPorts): Promise<SignedCertificate> {
  const policy = await ports.readPolicy();
  const ownArchives = await settleEarlierArchives(record.requestId, policy.ownArchives, ports);
  const isReplaced = rowsChanged(record.receipt!) > 0; // what was never there does not come back
  const entry = { ...ports, ...ports.sentinel };
  const sentinel = isReplaced ? await enterLedger(record, ports.clock.now(), policy, entry) : { enabled: false };
  const further = await furtherStores(record, ports);
  return issueCertificate(record, { retention: policy.retention, ownArchives, sentinel, further }, ports);
}

/** Whether an anonymization that never reported back has a row in the Portal's ledger (R16). @returns undefined: not known now */
async function settle(
  record: RequestRecord,
  { requests, portalLedger }: CloseRequestPorts,
): Promise<RequestRecord | undefined> {
  if (record.commitStartedAt === undefined || record.receipt) return record;
  try {
    const receipt = await (await portalLedger()).outcomeOf(record.requestId);
    if (receipt) await requests.note(record.requestId, { receipt });
    return receipt ? { ...record, receipt } : record;
  } catch {
    return undefined;
  }
}

/** The change was committed, but its execution ended before another role checked that the name is gone. */
const isUnverified = ({ receipt }: RequestRecord): boolean => receipt !== undefined && receipt.residue === undefined;

/** Keeps a committed or perhaps committed anonymization open. @param now start another attempt, which cleans up and verifies */
async function verifyLater(
  { requestId, kind, attempt, commitStartedAt }: RequestRecord,
  failure: string | undefined,
  now: boolean | undefined,
  { executions, requests, vault, clock, log, readPolicy }: CloseRequestPorts,
): Promise<{ state: RequestState }> {
  const { verifyDays } = await readPolicy();
  const at = clock.now().getTime();
  const waitMs = now ? 0 : verifyWait(commitStartedAt === undefined ? 0 : at - Date.parse(commitStartedAt), verifyDays);
  const until = daysAfter(clock.now(), KEPT_DAYS);
  for (const purpose of ['subject', 'nonce', 'plan'] as const) await vault.prolong(requestId, purpose, until);
  if (now) await executions.start(kind, requestId, attempt + 1);
  const waitsUntil = new Date(at + waitMs).toISOString();
  const facts = { failure, waitsUntil, ...(now && { attempt: attempt + 1 }) };
  const { state } = await requests.transition(requestId, 'VERIFYING', facts, { attempt });
  log.warn('anonymization not verified', { requestId, attempt, state, ...(failure && { error: failure }) });
  return { state };
}

/** Wait after a try to verify an anonymization: it doubles, up to 6 h; after `verifyDays` it is a day. */
const verifyWait = (triedMs: number, verifyDays: number): number =>
  triedMs > verifyDays * DAY_MS ? DAY_MS : Math.min(Math.max(triedMs, MIN_WAIT_MS), DAY_MS / 4);

/** A committed anonymization never fails, cancelled or not: at worst, the name is there again (R16). */
function endOf(record: RequestRecord, progress: readonly SourceProgress[], error?: string): RequestState {
  if (record.receipt) {
    if (record.receipt.residue !== 0) return 'COMPLETED_WITH_ERRORS';
    return rowsChanged(record.receipt) > 0 ? 'COMPLETED' : 'NOTHING_FOUND';
  }
  if (record.rehearsal?.refusals.length) return 'COMPLETED_WITH_ERRORS';
  if (record.rehearsal) return rowsChanged(record.rehearsal) > 0 ? 'COMPLETED' : 'NOTHING_FOUND';
  if (record.kind !== 'retrieve') return record.cancelRequested ? 'CANCELLED' : 'FAILED';
  const isRerun = record.attempt > 1;
  if (hasNewArchive(record) && (isRerun || !record.cancelRequested)) return outcomeOf(progress);
  if (isRerun) return record.archive ? 'COMPLETED_WITH_ERRORS' : 'FAILED'; // as it was before (docs/decisions/0023)
  if (record.cancelRequested) return 'CANCELLED';
  if (error) return 'FAILED';
  return outcomeOf(progress);
}

const countsOf = (progress: readonly SourceProgress[]): NonNullable<RequestRecord['counts']> => ({
  sources: progress.length,
  missing: progress.filter((source) => !wasRetrieved(source)).length,
  rows: progress.reduce((sum, { rows }) => sum + rows, 0),
  bytes: progress.reduce((sum, { bytes }) => sum + bytes, 0),
});

/** Once the whole archive of an attempt exists its work is done, whatever ended its execution; a rerun also if it was cancelled. */
const hasNewArchive = ({ requestId, attempt, archive }: RequestRecord): boolean =>
  archive?.archiveKey === archiveKeyOf(requestId, attempt);

/** The newest whole archive stays, and every Part: no later attempt queries again what an earlier one has retrieved. */
async function keepOneArchive(record: RequestRecord, ports: CloseRequestPorts): Promise<void> {
  const { requestId, attempt } = record;
  const gone = hasNewArchive(record) ? attemptsUpTo(attempt - 1) : [attempt];
  await Promise.all(gone.map((each) => ports.archives.delete(archiveKeyOf(requestId, each))));
}

/** Ends the progress of sources that are no longer queried: none is left unfinished in an ended Request, nor waits for an Engine. */
async function endSources(
  { requestId, attempt, cancelRequested }: RequestRecord,
  failure: string | undefined,
  { requests, leases }: CloseRequestPorts,
): Promise<SourceProgress[]> {
  const state = cancelRequested ? 'CANCELLED' : failure === 'Execution.TIMED_OUT' ? 'TIMED_OUT' : 'FAILED';
  const reason = cancelRequested ? new RequestCancelledError(requestId).name : (failure ?? WORKER_LOST);
  const settled = (await requests.listProgress(requestId)).map(async (source) => {
    if (!isUnfinished(source)) return source;
    if (source.source === 'engine') await leases.leave(source.sourceId, holderOf({ requestId, attempt }));
    const ended = endedProgress(source, state, reason);
    await requests.putProgress(requestId, ended);
    return ended;
  });
  return Promise.all(settled);
}
