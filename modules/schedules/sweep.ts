import { deleteResults, leaveSubject } from '../archive/destroy-archive.ts';
import { expireIfDue, putDeadline } from '../lifecycle/change-request.ts';
import { type CloseRequestPorts, closeRequest } from '../lifecycle/close-request.ts';
import type { DeadlineSettings } from '../lifecycle/settings.ts';
import { MAX_RUN_MS } from '../requests/cancellation.ts';
import { awaitsHandover, othersOfCase } from '../requests/cases.ts';
import { dueWarning } from '../requests/deadline.ts';
import type { ExecutionState, KnownExecutions, OpenRequests } from '../requests/executions.ts';
import type { RequestRecord } from '../requests/record.ts';
import { isExpired, isFinal, isWaiting, keptUntil } from '../requests/state-machine.ts';
import type { RequestList } from '../requests/views/get-request.ts';

/**
 * What the sweeper does with a Request: `expire` when it has waited too long for a person; `warn` when its deadline is near;
 * `close` when its execution has ended without closing it; `stop` when an execution runs on after a cancellation or its
 * maximum time; `wipe-login` when a run has sent no heartbeat for too long; `remove` what an ended Request must not keep.
 */
type SweepAction = 'expire' | 'close' | 'stop' | 'wipe-login' | 'remove' | 'warn';

/** A start, a cancellation and the end of an execution take effect by themselves within this time. */
const GRACE_MS = 5 * 60_000;
/** A worker is killed after 15 minutes at the latest; what it has written is removed after that. */
const LATE_WORKER_MS = 20 * 60_000;

type SweepPolicy = Pick<DeadlineSettings, 'warnDays'>;

const needsExecution = ({ state }: RequestRecord): boolean => !isFinal(state) && !isWaiting(state);

/** What is due for a Request. @param execution `unknown` for one that is over or was never started */
function dueAction(
  record: RequestRecord,
  execution: ExecutionState,
  now: Date,
  { warnDays }: SweepPolicy,
): SweepAction | undefined {
  const isWarned = () => (dueWarning(record.deadline, now, warnDays) ? 'warn' : undefined);
  if (isFinal(record.state)) {
    const awaits = awaitsHandover(record);
    const triedUntil = record.sweptAt ? Date.parse(record.sweptAt) + LATE_WORKER_MS : Number.POSITIVE_INFINITY;
    // only the record may be left a while after its archive, or its Parts, have expired; no rerun starts after that
    const removableAt = Date.parse(keptUntil(record) ?? record.updatedAt) + LATE_WORKER_MS;
    const isLeft = removableAt <= now.getTime() && (!awaits || now.getTime() < triedUntil);
    return isLeft ? 'remove' : awaits ? isWarned() : undefined;
  }
  if (isExpired(record, now)) return 'expire';
  const work = isWaiting(record.state) ? undefined : runningAction(record, execution, now);
  return work ?? isWarned();
}

function runningAction(record: RequestRecord, execution: ExecutionState, now: Date): SweepAction | undefined {
  const silentMs = now.getTime() - Date.parse(record.updatedAt);
  const isDue = record.state !== 'VERIFYING' || Date.parse(record.waitsUntil ?? record.updatedAt) <= now.getTime();
  if (silentMs < GRACE_MS || !isDue) return undefined;
  if (execution !== 'RUNNING') return 'close';
  // The worker of an anonymization decides by itself: if it were stopped inside its commit, the outcome would be unknown (R16).
  if (record.state === 'CANCELLING' && record.kind === 'retrieve') return 'stop';
  return silentMs > MAX_RUN_MS + GRACE_MS ? 'stop' : undefined;
}

interface SweepPorts extends CloseRequestPorts {
  readonly openRequests: OpenRequests;
  readonly requestList: RequestList;
  readonly executions: KnownExecutions;
}

/** One action that was due. `error`: name of the error that prevented it. */
type Swept = { readonly requestId: string; readonly action: SweepAction; readonly error?: string };

export type SweepReport = { readonly looked: number; readonly swept: readonly Swept[] };

/** Takes the action that each Request may need (docs/decisions/0025). A repeat is harmless; a failed one is tried the next time. */
export async function sweep(policy: SweepPolicy, ports: SweepPorts, signal?: AbortSignal): Promise<SweepReport> {
  const swept: Swept[] = [];
  let [looked, milliseconds] = [0, 0];
  for await (const requestId of ports.openRequests.list()) {
    if (signal?.aborted) break;
    looked += 1;
    const one = await sweepOne(requestId, policy, ports, (silentMs) => {
      milliseconds = Math.max(milliseconds, silentMs);
    });
    if (one) swept.push(one);
  }
  ports.log.info('swept', { count: swept.length, milliseconds }); // the longest time without news, for an alarm
  return { looked, swept };
}

/** A Request that cannot be swept does not stop the others. */
async function sweepOne(
  requestId: string,
  policy: SweepPolicy,
  ports: SweepPorts,
  onSilence: (milliseconds: number) => void,
): Promise<Swept | undefined> {
  let action: SweepAction | undefined;
  try {
    const record = await ports.requests.get(requestId);
    const { kind, attempt } = record;
    if (needsExecution(record) && record.state !== 'VERIFYING')
      onSilence(ports.clock.now().getTime() - Date.parse(record.updatedAt));
    const execution = needsExecution(record) ? await ports.executions.find(kind, requestId, attempt) : 'unknown';
    action =
      dueAction(record, execution, ports.clock.now(), policy) ??
      (needsExecution(record) && (await ports.vault.hasExpired(requestId, 'login')) ? 'wipe-login' : undefined);
    if (!action) return undefined;
    if (action === 'warn') return (await warn(record, policy.warnDays, ports)) ? { requestId, action } : undefined;
    await act(action, record, execution, ports);
    return { requestId, action };
  } catch (error) {
    ports.log.warn('not swept', { requestId, error: (error as Error).name });
    return action && { requestId, action, error: (error as Error).name };
  }
}

/** Puts the warning into the audit trail and the log, once for each case. @returns false when another Request of the case has it */
async function warn(
  record: RequestRecord,
  warnDays: readonly number[],
  { requests, requestList, log, clock }: SweepPorts,
): Promise<boolean> {
  const { requestId, state, deadline } = record;
  const { id, kind, days } = dueWarning(deadline, clock.now(), warnDays)!;
  const others = await othersOfCase(record, requestList);
  if (others.some((other) => other.deadline.warned?.includes(id))) return false;
  await putDeadline(record, { ...deadline, warned: [...(deadline.warned ?? []), id] }, requests);
  log.warn(`deadline ${kind}`, { requestId, state, count: days });
  return true;
}

async function act(
  action: Exclude<SweepAction, 'warn'>,
  record: RequestRecord,
  execution: string,
  ports: SweepPorts,
): Promise<void> {
  const { kind, requestId, attempt } = record;
  if (action === 'wipe-login') await ports.vault.wipe(requestId, ['login']);
  else if (action === 'stop') await ports.executions.stop(kind, requestId, attempt);
  else if (action === 'expire') await expireIfDue(requestId, ports);
  else if (action === 'remove') await removeLeftovers(record, ports);
  else await closeRequest({ requestId, attempt, error: `Execution.${execution}` }, ports, Number.POSITIVE_INFINITY);
}

/** The record and its audit trail stay, and the nonce of a certificate for its owner until it expires. */
async function removeLeftovers(record: RequestRecord, ports: SweepPorts): Promise<void> {
  const { requestId, certificate } = record;
  if (record.sweptAt === undefined) {
    await ports.requests.noteEnded(requestId, { sweptAt: ports.clock.now().toISOString(), note: undefined }); // first: no rerun starts from here on
  }
  const nonce = certificate ? [] : (['nonce'] as const);
  await Promise.all([
    ports.vault.wipe(requestId, ['login', 'subject', 'mask', 'plan', ...nonce]),
    deleteResults(record, ports),
  ]);
  // A request that ended while waiting has no execution to release its subject.
  await leaveSubject(record, ports);
  if (!awaitsHandover(record)) await ports.openRequests.remove(requestId);
}
