import { leaveSubject } from '../archive/earlier-archives.ts';
import { archiveKeyOf } from '../archive/name.ts';
import type { Clock } from '../common/ports.ts';
import { type CloseRequestPorts, closeRequest } from '../lifecycle/close-request.ts';
import { expireIfDue } from '../lifecycle/expire.ts';
import { dueWarnings } from '../requests/deadline.ts';
import type { KnownExecutions, OpenRequests } from '../requests/executions.ts';
import type { RequestRecord } from '../requests/record.ts';
import { dueAction, needsExecution, type SweepAction } from './sweep-plan.ts';

export interface SweepPorts extends CloseRequestPorts {
  readonly openRequests: OpenRequests;
  readonly executions: KnownExecutions;
  readonly clock: Clock;
}

/** What the settings say about deadlines that are near. */
export interface SweepPolicy {
  /** A warning is given this many days before the deadline. */
  readonly warnDays: readonly number[];
}

/** One action that was due. `error`: name of the error that prevented it. */
interface Swept {
  readonly requestId: string;
  readonly action: SweepAction;
  readonly error?: string;
}

/** What one run of the sweeper found. */
export interface SweepReport {
  /** Requests that it looked at. */
  readonly looked: number;
  readonly swept: readonly Swept[];
}

/**
 * Checks every Request that may need an action, and takes it (docs/decisions/0025). It repairs what a dead function has left.
 * A repeat is harmless; a failed action is tried again the next time.
 */
export async function sweep({ warnDays }: SweepPolicy, ports: SweepPorts, signal?: AbortSignal): Promise<SweepReport> {
  const swept: Swept[] = [];
  let looked = 0;
  for await (const requestId of ports.openRequests.list()) {
    if (signal?.aborted) break;
    looked += 1;
    const one = await sweepOne(requestId, warnDays, ports);
    if (one) swept.push(one);
  }
  ports.log.info('swept', { count: swept.length });
  return { looked, swept };
}

/** A Request that cannot be swept does not stop the others. */
async function sweepOne(requestId: string, warnDays: readonly number[], ports: SweepPorts): Promise<Swept | undefined> {
  let action: SweepAction | undefined;
  try {
    const record = await ports.requests.get(requestId);
    const { kind, attempt } = record;
    const execution = needsExecution(record) ? await ports.executions.find(kind, requestId, attempt) : 'unknown';
    action =
      dueAction(record, execution, ports.clock.now(), warnDays) ??
      (needsExecution(record) && (await ports.vault.hasExpired(requestId, 'login')) ? 'wipe-login' : undefined);
    if (!action) return undefined;
    if (action === 'warn') await warn(record, warnDays, ports);
    else await act(action, record, execution, ports);
    return { requestId, action };
  } catch (error) {
    ports.log.warn('not swept', { requestId, error: (error as Error).name });
    return action && { requestId, action, error: (error as Error).name };
  }
}

/** Puts the warning into the audit trail and the log, once. */
async function warn(
  { requestId, state, deadline, deadlineChanges }: RequestRecord,
  warnDays: readonly number[],
  { requests, log, clock }: SweepPorts,
): Promise<void> {
  const warnings = dueWarnings(deadline, clock.now(), warnDays);
  const warned = [...(deadline.warned ?? []), ...warnings.map(({ id }) => id)];
  const facts = { deadline: { ...deadline, warned }, deadlineChanges: deadlineChanges + 1 };
  await requests.note(requestId, facts, { deadlineChanges });
  for (const { kind, days } of warnings) log.warn(`legal term ${kind}`, { requestId, state, count: days });
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
  else await closeRequest({ requestId, attempt, error: `Execution.${execution}` }, ports);
}

/**
 * Removes Archives, Parts, unfinished uploads and sealed items; the record and its audit trail stay. The nonce of a
 * certificate stays for its owner until it expires.
 */
async function removeLeftovers(record: RequestRecord, ports: SweepPorts): Promise<void> {
  const { requestId, attempt, state } = record;
  const attempts = Array.from({ length: attempt }, (_, before) => before + 1);
  await ports.requests.markSwept(requestId, ports.clock.now().toISOString()); // first: no rerun starts from here on
  await Promise.all([
    ports.vault.wipe(requestId, [
      'login',
      'subject',
      'mask',
      'plan',
      ...(state === 'COMPLETED' ? [] : ['nonce' as const]),
    ]),
    ports.parts.deleteParts(requestId),
    ...attempts.map((each) => ports.archives.delete(archiveKeyOf(requestId, each))),
  ]);
  // A request that ended while waiting has no execution to release its subject.
  await leaveSubject(record, ports);
  await ports.openRequests.remove(requestId);
}
