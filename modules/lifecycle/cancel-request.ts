import type { Log } from '../common/ports.ts';
import { WrongStateError } from '../requests/errors.ts';
import type { Executions } from '../requests/executions.ts';
import type { RequestRecord } from '../requests/record.ts';
import { isFinal, isWaiting } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import { transition } from '../requests/transition.ts';
import type { Vault } from '../requests/vault.ts';
import { wipeUnstarted } from './expire.ts';

export interface CancelRequestPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly executions: Executions;
  readonly log: Log;
}

/**
 * Requests cancellation (R7, R16): workers see the flag and stop, the execution is stopped, and closing it removes what was
 * stored. An anonymization is not stopped from outside: its worker decides just before the commit. A Request that waits
 * for a person is cancelled at once.
 * @throws {WrongStateError} the Request has ended
 */
export async function cancelRequest(requestId: string, ports: CancelRequestPorts): Promise<RequestRecord> {
  const record = await transition(requestId, ports.requests, ({ state }) => {
    if (isFinal(state)) throw new WrongStateError(requestId, state);
    if (state === 'CANCELLING') return undefined;
    return { to: isWaiting(state) ? 'CANCELLED' : 'CANCELLING', patch: { cancelRequested: true } };
  });
  if (isFinal(record.state)) await wipeUnstarted(record, ports.vault);
  else if (record.kind === 'retrieve') await ports.executions.stop(record.kind, requestId, record.attempt);
  ports.log.info('request cancelled', { requestId, attempt: record.attempt, state: record.state });
  return record;
}
