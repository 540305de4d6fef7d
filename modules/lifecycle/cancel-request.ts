import type { DenialReason } from '../requests/deadline-facts.ts';
import { WrongStateError } from '../requests/errors.ts';
import type { Executions } from '../requests/executions.ts';
import type { RequestRecord } from '../requests/record.ts';
import { isExpired, isFinal, isWaiting } from '../requests/state-machine.ts';
import type { RequestPorts } from '../requests/store.ts';
import { transition } from '../requests/transition.ts';
import type { Vault } from '../requests/vault.ts';

export interface WaitingPorts extends RequestPorts {
  readonly vault: Vault;
}

/** Removes everything sealed of a Request that ended before anything ran. */
export const wipeUnstarted = ({ requestId }: RequestRecord, vault: Vault): Promise<void> =>
  vault.wipe(requestId, ['login', 'subject', 'mask', 'plan', 'nonce']);

/**
 * Expires a Request that has waited too long for a person; leaves any other as it is. A repeat is harmless.
 * @returns the Request as it is afterwards
 */
export async function expireIfDue(
  requestId: string,
  { requests, vault, clock }: Omit<WaitingPorts, 'log'>,
): Promise<RequestRecord> {
  const record = await transition(requestId, requests, (present) =>
    isExpired(present, clock.now()) ? { to: 'EXPIRED' } : undefined,
  );
  if (record.state === 'EXPIRED') await wipeUnstarted(record, vault);
  return record;
}

export interface CancelRequestPorts extends Omit<WaitingPorts, 'clock'> {
  readonly executions: Executions;
}

/**
 * Requests cancellation (R7, R16): workers see the flag and stop, the execution is stopped, and closing it removes what was
 * stored. An anonymization is not stopped from outside: its worker decides just before the commit. A Request that waits
 * for a person is cancelled at once.
 * @throws {WrongStateError} the Request has ended, or its change has begun to be final
 */
export async function cancelRequest(requestId: string, ports: CancelRequestPorts): Promise<RequestRecord> {
  const record = await transition(requestId, ports.requests, ({ state }) => {
    if (isFinal(state) || state === 'VERIFYING') throw new WrongStateError(requestId, state);
    if (state === 'CANCELLING') return undefined;
    return { to: isWaiting(state) ? 'CANCELLED' : 'CANCELLING', patch: { cancelRequested: true } };
  });
  if (isFinal(record.state)) await wipeUnstarted(record, ports.vault);
  else if (record.kind === 'retrieve') await ports.executions.stop(record.kind, requestId, record.attempt);
  ports.log.info('request cancelled', { requestId, attempt: record.attempt, state: record.state });
  return record;
}

/**
 * Denies a Request that waits for a person, also after its approval. Nothing about the Subject is kept.
 * @throws {WrongStateError} the Request does not wait for a person
 */
export async function denyRequest(
  requestId: string,
  denialReason: DenialReason,
  deniedBy: string,
  ports: WaitingPorts,
): Promise<RequestRecord> {
  await expireIfDue(requestId, ports);
  const record = await transition(requestId, ports.requests, ({ state }) => {
    if (!isWaiting(state)) throw new WrongStateError(requestId, state);
    return { to: 'DENIED', patch: { denialReason, deniedBy, deniedAt: ports.clock.now().toISOString() } };
  });
  await wipeUnstarted(record, ports.vault);
  ports.log.info('request denied', { requestId, state: record.state });
  return record;
}
