import { ignoring } from '../common/errors.ts';
import type { CheckLoginPorts } from '../engines/check-account.ts';
import { findDevices } from '../engines/find-devices.ts';
import { type NoteRemovalPorts, noteCheck } from '../lifecycle/device-removal.ts';
import type { LifecyclePolicy } from '../lifecycle/policy.ts';
import { isAccountRefused } from '../lifecycle/start-execution.ts';
import { SealedItemGoneError, WrongStateError } from '../requests/errors.ts';
import type { OpenRequests } from '../requests/executions.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { Vault } from '../requests/vault.ts';

interface CheckRemovalsPorts extends CheckLoginPorts, NoteRemovalPorts {
  readonly openRequests: OpenRequests;
  readonly vault: Pick<Vault, 'open' | 'wipe'>;
}

/** Maximum names of one run, since an Engine that was not asked for all of them counts as not asked. */
const MAX_NAMES = 15;
/** Maximum time of all queries; the function has five minutes. */
const MAX_MS = 200_000;
const HOUR_MS = 3_600_000;

/**
 * Looks with the service account whether devices that are to be removed are gone from every Engine (R28): for all names in one visit to
 * each Engine. Without a service account nothing is looked for, and the log says so.
 * @returns how many removals were due, and how many of them were checked
 */
export async function checkRemovals(policy: Pick<LifecyclePolicy, 'account' | 'removal'>, ports: CheckRemovalsPorts) {
  const { openRequests, requests, vault, serviceAccount, clock, log } = ports;
  const lately = new Date(clock.now().getTime() - policy.removal.everyHours * HOUR_MS).toISOString();
  const due: { readonly record: RequestRecord; readonly name: string }[] = [];
  for await (const requestId of openRequests.list()) {
    const record = await requests.get(requestId);
    if (record.state !== 'AWAITING_REMOVAL' || (record.removal?.checkedAt ?? '') > lately) continue;
    const subject = await vault.open(requestId, 'subject').catch(ignoring(SealedItemGoneError));
    if (subject) due.push({ record, name: subject.name });
    if (due.length === MAX_NAMES) break; // those that were checked are not due in the next run
  }
  if (due.length > 0 && !serviceAccount) log.warn('no service account for removals', { count: due.length });
  if (due.length === 0 || !serviceAccount) return { due: due.length, checked: 0 };
  const names = due.map(({ name }) => name);
  const found = await findDevices(names, await serviceAccount(), policy, ports, MAX_MS).catch((error: Error) => {
    if (!isAccountRefused(error)) throw error;
    log.warn('service account refused', { error: error.name }); // a call that fails may be repeated
  });
  if (!found) return { due: due.length, checked: 0 };
  for (const [at, { record }] of due.entries())
    await noteCheck(record, found[at]!, policy, ports).catch(ignoring(WrongStateError)); // it was cancelled meanwhile
  return { due: due.length, checked: due.length };
}
