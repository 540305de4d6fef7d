import { WrongStateError } from '../errors.ts';
import { isFinal } from '../lifecycle.ts';
import type { RequestRecord } from '../model.ts';
import type { Executions, Log, Requests } from '../ports.ts';

/**
 * Asks for cancellation (R7, R16): workers see the flag and stop, the execution is stopped, and its end removes what was
 * stored. An anonymization is not stopped from outside: its worker decides just before the commit.
 * @throws {WrongStateError} the Request has ended
 */
export async function cancelRequest(
  requestId: string,
  ports: { readonly requests: Requests; readonly executions: Executions; readonly log: Log },
): Promise<RequestRecord> {
  const present = await ports.requests.get(requestId);
  if (isFinal(present.state)) throw new WrongStateError(requestId, present.state);
  const record =
    present.state === 'CANCELLING'
      ? present
      : await ports.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
  if (record.kind === 'retrieve') await ports.executions.stop(record.kind, requestId, record.attempt);
  ports.log.info('request cancelled', { requestId, attempt: record.attempt, state: record.state });
  return record;
}
