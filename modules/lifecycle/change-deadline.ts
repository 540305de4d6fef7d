import { changeDeadline as changed } from '../requests/deadline.ts';
import type { DeadlineChange } from '../requests/deadline-facts.ts';
import type { RequestPorts } from '../requests/store.ts';
import type { LifecyclePolicy } from './policy.ts';

/**
 * Pauses, resumes or extends the deadline of a Request.
 * @throws {DeadlineError} the deadline cannot be changed in this way
 * @throws {WrongStateError} the Request has ended, or somebody else changed its deadline at the same time
 */
export async function changeDeadline(
  requestId: string,
  change: DeadlineChange,
  { deadlineRules }: Pick<LifecyclePolicy, 'deadlineRules'>,
  ports: RequestPorts,
): Promise<void> {
  const { deadline, deadlineChanges, state } = await ports.requests.get(requestId);
  const next = changed(deadline, change, ports.clock.now(), deadlineRules);
  await ports.requests.note(requestId, { deadline: next, deadlineChanges: deadlineChanges + 1 }, { deadlineChanges });
  ports.log.info('deadline changed', { requestId, state });
}
