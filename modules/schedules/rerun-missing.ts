import { archiveKeyOf } from '../archive/name.ts';
import type { LifecyclePolicy } from '../lifecycle/policy.ts';
import { type RerunRequestPorts, rerunRequest } from '../lifecycle/rerun-request.ts';
import { isAccountRefused } from '../lifecycle/start-execution.ts';
import { WrongStateError } from '../requests/errors.ts';
import type { OpenRequests } from '../requests/executions.ts';
import type { RequestRecord } from '../requests/record.ts';
import { keptUntil, mayHaveMore, wasRetrieved } from '../requests/state-machine.ts';
import type { RerunPolicy } from './settings.ts';

type RerunMissingPorts = RerunRequestPorts & { readonly openRequests: OpenRequests };

const MINUTE_MS = 60_000;

/** No source answered, a function or the execution ended (a dot in the name of the error), or a service did not answer. */
const mayPass = (failure: string | undefined): boolean => !failure || /\.|Unavailable/.test(failure);

/** Whether the missing sources of a Request are due to be queried again; what it has retrieved must still exist (docs/decisions/0023). */
export function isRerunDue(record: RequestRecord, policy: RerunPolicy, now: Date): boolean {
  const { kind, state, failure, sweptAt, attempt, updatedAt } = record;
  const until = keptUntil(record);
  const endedShort = state === 'COMPLETED_WITH_ERRORS' || (state === 'FAILED' && mayPass(failure));
  if (kind !== 'retrieve' || !endedShort || !until || sweptAt || Date.parse(until) <= now.getTime()) return false;
  const waitMinutes = Math.min(policy.firstMinutes * 2 ** (attempt - 1), policy.longestMinutes);
  return Date.parse(updatedAt) + waitMinutes * MINUTE_MS <= now.getTime();
}

/** Queries missing sources again, by the service account (R12, R21). A refused one ends the round. @returns number of starts */
export async function rerunMissing(
  policy: RerunPolicy & Pick<LifecyclePolicy, 'account'>,
  ports: RerunMissingPorts,
  signal?: AbortSignal,
): Promise<{ readonly rerun: number }> {
  let rerun = 0;
  if (policy.by === 'people') return { rerun };
  for await (const requestId of ports.openRequests.list()) {
    if (signal?.aborted) break;
    try {
      if (!(await isDue(requestId, policy, ports))) continue;
      await rerunRequest(requestId, 'service-account', policy, ports);
      rerun += 1;
    } catch (error) {
      if (error instanceof WrongStateError) continue; // another call was faster
      const isAccount = isAccountRefused(error);
      const event = isAccount ? 'service account refused' : 'not asked again';
      ports.log.warn(event, { requestId, error: (error as Error).name });
      if (isAccount) break;
    }
  }
  return { rerun };
}

async function isDue(requestId: string, policy: RerunPolicy, { requests, clock }: RerunMissingPorts): Promise<boolean> {
  const record = await requests.get(requestId);
  if (!isRerunDue(record, policy, clock.now())) return false;
  const progress = await requests.listProgress(requestId);
  const isMerged = record.archive?.archiveKey === archiveKeyOf(requestId, record.attempt);
  if (progress.length === 0 || (progress.some(wasRetrieved) && !isMerged)) return true;
  return progress.some((source) => mayHaveMore(source) && source.state !== 'NO_LICENCE'); // waiting brings no licence
}
