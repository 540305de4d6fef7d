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

/** Removes everything sealed of a Request that ended before anything ran. */
export const wipeUnstarted = ({ requestId }: RequestRecord, vault: Vault): Promise<void> =>
  vault.wipe(requestId, ['login', 'subject', 'mask', 'plan', 'nonce']);

/**
 * Expires a Request that has waited too long for a person; leaves any other as it is. A repeat is harmless.
 * @returns the Request as it is afterwards
 */
export async function expireIfDue(requestId: string, { requests, vault, clock }: WaitingPorts): Promise<RequestRecord> {
  const record = await transition(requestId, requests, (present) =>
    isExpired(present, clock.now()) ? { to: 'EXPIRED' } : undefined,
  );
  if (record.state === 'EXPIRED') await wipeUnstarted(record, vault);
  return record;
}
