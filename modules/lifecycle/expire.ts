import type { Clock } from '../common/ports.ts';
import type { RequestRecord } from '../requests/record.ts';
import { isExpired } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import { transition } from '../requests/transition.ts';
import type { Vault } from '../requests/vault.ts';

export interface WaitingPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly clock: Clock;
}

/** Removes what a Request keeps sealed that ended before anything ran. */
export const wipeUnstarted = ({ requestId }: RequestRecord, vault: Vault): Promise<void> =>
  vault.wipe(requestId, ['login', 'subject', 'mask', 'plan', 'nonce']);

/**
 * Lets a Request expire that has waited for a person as long as it may; others stay as they are. A repeat is harmless.
 * @returns the Request as it was left
 */
export async function expireIfDue(requestId: string, { requests, vault, clock }: WaitingPorts): Promise<RequestRecord> {
  const record = await transition(requestId, requests, (present) =>
    isExpired(present, clock.now()) ? { to: 'EXPIRED' } : undefined,
  );
  if (record.state === 'EXPIRED') await wipeUnstarted(record, vault);
  return record;
}
