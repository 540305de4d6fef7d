import type { Log } from '../common/ports.ts';
import type { DenialReason } from '../requests/deadline-facts.ts';
import { WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import { isWaiting } from '../requests/state-machine.ts';
import { transition } from '../requests/transition.ts';
import { expireIfDue, type WaitingPorts, wipeUnstarted } from './expire.ts';

export interface DenyRequestPorts extends WaitingPorts {
  readonly log: Log;
}

/**
 * Denies a Request that waits for a person, also after its approval. Nothing about the Subject is kept.
 * @throws {WrongStateError} the Request does not wait for a person
 */
export async function denyRequest(
  requestId: string,
  denialReason: DenialReason,
  deniedBy: string,
  ports: DenyRequestPorts,
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
