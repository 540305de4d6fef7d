import { dueWarnings } from '../requests/deadline.ts';
import type { ExecutionState } from '../requests/executions.ts';
import { MAX_RUN_MS } from '../requests/login-expiry.ts';
import type { RequestRecord } from '../requests/record.ts';
import { isExpired, isFinal, isWaiting } from '../requests/state-machine.ts';

/**
 * What the sweeper does with a Request: `expire` when it has waited too long for a person; `warn` when its deadline is near;
 * `close` when its execution has ended without closing it; `stop` when an execution runs on after a cancellation or its
 * maximum time; `wipe-login` when a run has sent no heartbeat for too long; `remove` what an ended Request must not keep.
 */
export type SweepAction = 'expire' | 'close' | 'stop' | 'wipe-login' | 'remove' | 'warn';

/** A start, a cancellation and the end of an execution take effect by themselves within this time. */
const GRACE_MS = 5 * 60_000;
/** A worker is killed after 15 minutes at the latest; what it has written is removed after that. */
const LATE_WORKER_MS = 20 * 60_000;

/** Whether the state of the execution is needed to decide about a Request. */
export const needsExecution = ({ state }: RequestRecord): boolean => !isFinal(state) && !isWaiting(state);

/**
 * What is due for a Request.
 * @param execution state of the execution of its present attempt; `unknown` for one that is over or was never started
 * @param warnDays a warning is given this many days before the deadline
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
  // The worker of an anonymization decides by itself: if it were stopped inside its commit, the outcome would be unknown (R16).
  if (record.state === 'CANCELLING' && record.kind === 'retrieve') return 'stop';
  return silentMs > MAX_RUN_MS + GRACE_MS ? 'stop' : undefined;
}

/**
 * When only the record of an ended Request may be left: a while after its archive has expired. No rerun can start after
 * that (docs/decisions/0023), and one that has just been asked for has begun.
 */
function keptUntil({ archive, destroyedAt, updatedAt }: RequestRecord): number {
  return archive && !destroyedAt
    ? Date.parse(archive.expiresAt) + LATE_WORKER_MS
    : Date.parse(updatedAt) + LATE_WORKER_MS;
}
