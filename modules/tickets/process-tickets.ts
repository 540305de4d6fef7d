import { GdprError, InvalidInputError } from '../common/errors.ts';
import type { LifecyclePolicy } from '../lifecycle/policy.ts';
import { isAccountRefused, launch, openLogin } from '../lifecycle/start-execution.ts';
import { type StartAboutSubjectPorts, startAboutSubject } from '../lifecycle/start-request.ts';
import { nextTry, type Outbox, triesUntil } from '../notices/message.ts';
import { refusedTicketNotice } from '../notices/notice.ts';
import { NightlyJobsError } from '../portal/errors.ts';
import { refuseDuringNightlyJobs } from '../portal/nightly-jobs.ts';
import type { Caller } from '../requests/caller.ts';
import { SubjectBusyError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { StartRequestBody } from '../requests/start-body.ts';
import type { Requests } from '../requests/store.ts';
import { recordsOf } from '../requests/subjects/subject-index.ts';
import { TicketUnclearError } from '../ticket-systems/errors.ts';
import type { ReadTicket, Ticket } from '../ticket-systems/ticket.ts';
import type { ApprovedTicket, Deliveries, TicketDelivery } from './deliveries.ts';
import { isSilent, refusalOf, startBodyOf, type TicketRefusal } from './judge.ts';
import type { Intake } from './settings.ts';

/** One ticketing system that Requests may come from. */
export type TicketConnection = Omit<Intake, 'secretId' | 'signedBy'> & { readonly readTicket: ReadTicket };

export interface ProcessTicketsPorts extends StartAboutSubjectPorts {
  readonly newId: () => string;
  readonly deliveries: Deliveries;
  readonly connectionOf: (connectionId: string) => TicketConnection | undefined;
  readonly outbox: Pick<Outbox, 'write'>;
  /** From 0 (included) to 1. */
  readonly random: () => number;
}

const LAST_TRY_MS = 6 * 86_400_000;
/** A ticket that failed waits longer than the others: it may be the reason why its system fails. */
const BEHIND_OTHERS_MS = 60_000;

/** Processes accepted webhooks (R20): reads each ticket back and starts its Request, once for each approval. @returns number done */
export async function processTickets(policy: LifecyclePolicy, ports: ProcessTicketsPorts, signal: AbortSignal) {
  const due = await Array.fromAsync(ports.deliveries.due(ports.clock.now()));
  const queues = Map.groupBy(due, ({ connectionId }) => connectionId).values();
  const counts = await Promise.all([...queues].map((queue) => workQueue(queue, { policy, ports, signal })));
  return { done: counts.reduce((sum, count) => sum + count, 0) };
}

type Run = { readonly policy: LifecyclePolicy; readonly ports: ProcessTicketsPorts; readonly signal: AbortSignal };

/** Until when a ticketing system is not called, and the name of the error that caused it. */
type Away = { readonly until: Date; readonly error: string };

/** Processes the webhooks of one system in order. When it does not answer or refuses us, the remaining ones wait too. */
async function workQueue(queue: readonly TicketDelivery[], run: Run): Promise<number> {
  let done = 0;
  let away: Away | undefined;
  for (const delivery of queue) {
    if (run.signal.aborted) break;
    if (away) {
      await postpone(delivery, away.until, away.error, run.ports);
      continue;
    }
    const end = await workOne(delivery, run);
    if (end === 'done') done += 1;
    else if (end !== 'later') away = end;
  }
  return done;
}

async function workOne(delivery: TicketDelivery, run: Run): Promise<'done' | 'later' | Away> {
  const { deliveries, clock, log, random } = run.ports;
  if (!(await deliveries.claim(delivery, triesUntil(clock.now())))) return 'later';
  const taken = { ...delivery, tries: delivery.tries + 1 };
  try {
    const outcome = await work(taken, run);
    if (outcome) await deliveries.done(taken, outcome);
    else await deliveries.postpone(taken, triesUntil(clock.now()));
    return outcome ? 'done' : 'later';
  } catch (error) {
    const { name } = error as Error;
    const now = clock.now();
    const retryAfter = error instanceof GdprError ? error.retryAfter : undefined;
    const until = nextTry({ tries: taken.tries, since: now.toISOString() }, now, retryAfter, random)!; // from now on: not too late
    const fields = { sourceId: `ticket:${delivery.connectionId}`, count: taken.tries, error: name };
    if (isAccountRefused(error)) log.warn('service account refused', fields);
    if (!isOver(taken, now)) log.warn('ticket postponed', fields);
    await postpone(taken, new Date(until.getTime() + BEHIND_OTHERS_MS), name, run.ports);
    return isAboutOne(error) ? 'later' : { until, error: name };
  }
}

const isAboutOne = (error: unknown): boolean =>
  error instanceof TicketUnclearError || error instanceof SubjectBusyError || error instanceof NightlyJobsError;

const isOver = ({ receivedAt }: TicketDelivery, now: Date): boolean =>
  now.getTime() - Date.parse(receivedAt) >= LAST_TRY_MS;

/** Postpones a delivery; gives it up, with an alarm, when it has waited for days. */
async function postpone(delivery: TicketDelivery, until: Date, error: string, ports: ProcessTicketsPorts) {
  const { deliveries, clock } = ports;
  if (!isOver(delivery, clock.now())) return deliveries.postpone(delivery, until);
  await deliveries.done(delivery, await giveUp(delivery, error, ports));
}

function giveUp(delivery: TicketDelivery, error: string, ports: ProcessTicketsPorts): Promise<TicketRefusal> {
  const { connectionId, deliveryId, tries } = delivery;
  ports.log.warn('ticket given up', { sourceId: `ticket:${connectionId}`, count: tries, error });
  return refuse(delivery, 'given-up', deliveryId, ports);
}

/** @returns how it ended; nothing while another worker starts the same Request */
async function work(delivery: TicketDelivery, { policy, ports, signal }: Run) {
  const { connectionId, ticketKey } = delivery;
  const connection = ports.connectionOf(connectionId);
  if (!connection) return 'not-configured';
  const ticket = await connection.readTicket(ticketKey, signal);
  const refusal = refusalOf(ticket, connection);
  if (refusal || !ticket.approval) return refuse(delivery, refusal ?? 'not-approved', ticket.approval?.id ?? '', ports);
  const body = startBodyOf(notInFuture(ticket, ports.clock.now()), connection.mapping);
  const approvalId = ticket.approval.id;
  if (!body) return refuse(delivery, 'fields-not-valid', approvalId, ports);
  if (body.kind === 'anonymize' && connection.anonymize === 'refused')
    return refuse(delivery, 'anonymization-not-allowed', approvalId, ports);
  const login = connection.login === 'service-account' ? { login: connection.login } : {};
  const recipients = connection.recipients.length > 0 ? { recipients: connection.recipients } : {};
  try {
    const approved = { connectionId, key: ticket.key, approvalId };
    const asked = { ...body, ...login, ...recipients };
    const end = await startApproved(approved, delivery.deliveryId, asked, policy, ports);
    return end === 'spent' ? giveUp(delivery, 'NotStartedError', ports) : end;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return refuse(delivery, 'fields-not-valid', approvalId, ports);
  }
}

/** Their clock may be ahead of ours. */
const notInFuture = ({ createdAt, ...ticket }: Ticket, now: Date): Ticket =>
  createdAt !== undefined && Date.parse(createdAt) <= now.getTime() ? { ...ticket, createdAt } : ticket;

/** Logs why a ticket starts no Request, and reports it in the ticket if somebody should know, once for each approval. */
async function refuse(
  delivery: TicketDelivery,
  refusal: TicketRefusal,
  occurrence: string,
  { outbox, clock, log }: ProcessTicketsPorts,
): Promise<TicketRefusal> {
  const { connectionId, ticketKey: key } = delivery;
  log.info('ticket refused', { sourceId: `ticket:${connectionId}`, error: refusal });
  if (!isSilent(refusal)) {
    const notice = refusedTicketNotice({ connectionId, key }, occurrence, refusal, clock.now().toISOString());
    await outbox.write(notice, [{ kind: 'ticket', connectionId, key }], clock.now());
  }
  return refusal;
}

/** Maximum failed starts per ticket approval (about two hours of retries). */
const MAX_STARTS = 8;

/**
 * Starts the Request of an approved ticket, once for each approval. A Request that an earlier try has written but not
 * launched is launched. A Request that ended without running is replaced by a new one, but only by the delivery that it was
 * started for: our own comments in the ticket cause deliveries too.
 * @returns nothing while another worker starts it, or until a launched Request is known to run; `spent` when the maximum of
 *   failed starts is reached
 * @throws what `startAboutSubject` throws
 */
async function startApproved(
  ticket: ApprovedTicket,
  deliveryId: string,
  body: StartRequestBody,
  policy: LifecyclePolicy,
  ports: ProcessTicketsPorts,
): Promise<'started' | 'spent' | undefined> {
  const { deliveries, requests, clock } = ports;
  const now = clock.now();
  const known = await deliveries.startOf(ticket, { requestId: ports.newId(), deliveryId }, now, triesUntil(now));
  if (!known) return undefined;
  const [present] = await recordsOf([known], requests);
  if (!present) return startNew(ticket, body, known.requestId, policy, ports);
  if (body.login === 'service-account' && isUnlaunched(present)) {
    if (present.kind === 'anonymize') refuseDuringNightlyJobs(now, policy.nightlyJobs);
    await launch(present, await openLogin(body.login, ports), 'FAILED', ports);
    return undefined;
  }
  if (known.deliveryId !== deliveryId || !(await hasFailedUnstarted(present, requests))) return 'started';
  if (known.starts >= MAX_STARTS) return 'spent';
  const another = ports.newId();
  if (!(await deliveries.replaceRequest(ticket, known, another))) return undefined;
  return startNew(ticket, body, another, policy, ports);
}

/** Or just launched: a second start of the same attempt makes no double. Later attempts have a login of their own. */
const isUnlaunched = ({ state, attempt }: RequestRecord): boolean => state === 'QUEUED' && attempt === 1;

const hasFailedUnstarted = async ({ state, requestId }: RequestRecord, requests: Requests): Promise<boolean> =>
  state === 'FAILED' && !(await requests.listEvents(requestId)).some(({ what }) => what === 'started');

async function startNew(
  { connectionId, key }: ApprovedTicket,
  body: StartRequestBody,
  requestId: string,
  policy: LifecyclePolicy,
  ports: ProcessTicketsPorts,
): Promise<'started'> {
  const caller: Caller = { callerId: `ticket:${connectionId}`, kind: 'machine', scopes: [] };
  const waived = { approval: 'given-by-ticket', preview: 'hidden-from-approver', login: 'given-later' } as const;
  const command = { requestId, body, caller, origin: { ticket: { connectionId, key } }, waived };
  await startAboutSubject(command, policy, ports);
  return 'started';
}
