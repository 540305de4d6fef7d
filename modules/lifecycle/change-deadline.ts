import type { Clock, Log } from '../common/ports.ts';
import { changeDeadline as changed, type DeadlineRules } from '../requests/deadline.ts';
import type { DeadlineChange } from '../requests/deadline-facts.ts';
import type { Requests } from '../requests/store.ts';

export interface ChangeDeadlinePorts {
  readonly requests: Requests;
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlineRules: DeadlineRules;
}

/**
 * Lets the legal term of a Request rest, go on, or last longer.
 * @throws {DeadlineError} the term does not allow it
 * @throws {WrongStateError} the Request has ended, or somebody else changed its term at the same time
 */
export async function changeDeadline(
  requestId: string,
  change: DeadlineChange,
  ports: ChangeDeadlinePorts,
): Promise<void> {
  const { deadline, deadlineChanges, state } = await ports.requests.get(requestId);
  const next = changed(deadline, change, ports.clock.now(), ports.deadlineRules);
  await ports.requests.note(requestId, { deadline: next, deadlineChanges: deadlineChanges + 1 }, { deadlineChanges });
  ports.log.info('deadline changed', { requestId, state });
}
