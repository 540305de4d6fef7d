import { dueWarnings } from '../requests/deadline.ts';
import type { ExecutionState } from '../requests/executions.ts';
import { MAX_RUN_MS } from '../requests/login-expiry.ts';
import type { RequestRecord } from '../requests/record.ts';
import { isExpired, isFinal, isWaiting } from '../requests/state-machine.ts';

/**
 * What the sweeper does with a Request: `expire` one that nobody has approved or logged in for; `warn` of the end of its legal
 * term; `close` one whose execution has ended without closing it; `stop` an execution that
 * goes on though it was cancelled or its time is over; `wipe-login` of a run
 * that has given no sign of life for too long; `remove` what an ended Request keeps longer than it may.
 */
export type SweepAction = 'expire' | 'close' | 'stop' | 'wipe-login' | 'remove' | 'warn';

/** A start, a cancellation and the end of an execution take effect by themselves within this time. */
const GRACE_MS = 5 * 60_000;
/** A worker that nobody stopped is killed after 15 minutes; what it wrote until then is removed after that. */
const LATE_WORKER_MS = 20 * 60_000;

/** Whether it must be known how the execution of a Request stands. */
export const needsExecution = ({ state }: RequestRecord): boolean => !isFinal(state) && !isWaiting(state);

/**
 * What is due for a Request.
 * @param execution how its present attempt's execution stands; `unknown` for one that is over or was never started
 * @param warnDays so many days before the end of its legal term a warning is given
 */
export function dueAction(
  record: RequestRecord,
  execution: ExecutionState,
  now: Date,
  warnDays: readonly number[],
): SweepAction | undefined {
  if (isFinal(record.state)) return keptUntil(record) <= now.getTime() ? 'remove' : undefined;
  const work = isWaiting(record.state) ? waitingAction(record, now) : runningAction(record, execution, now);
  return work ?? (dueWarnings(record.deadline, now, warnDays).length > 0 ? 'warn' : undefined);
}

const waitingAction = (record: RequestRecord, now: Date): SweepAction | undefined =>
  isExpired(record, now) ? 'expire' : undefined;

function runningAction(record: RequestRecord, execution: ExecutionState, now: Date): SweepAction | undefined {
  const silentMs = now.getTime() - Date.parse(record.updatedAt);
  if (silentMs < GRACE_MS) return undefined;
  if (execution !== 'RUNNING') return 'close';
  // The worker of an anonymization decides by itself; one that is stopped inside its commit would leave a question (R16).
  if (record.state === 'CANCELLING' && record.kind === 'retrieve') return 'stop';
  return silentMs > MAX_RUN_MS + GRACE_MS ? 'stop' : undefined;
}

/**
 * When nothing of an ended Request but its record may be left: a while after its archive has expired, and with it the last
 * day of a rerun (docs/decisions/0023), one that was just asked for included.
 */
function keptUntil({ archive, destroyedAt, updatedAt }: RequestRecord): number {
  return archive && !destroyedAt
    ? Date.parse(archive.expiresAt) + LATE_WORKER_MS
    : Date.parse(updatedAt) + LATE_WORKER_MS;
}
