import { dayAt } from '../common/day-window.ts';
import { InvalidInputError } from '../common/errors.ts';
import { type DeadlineRules, startDeadline } from './deadline.ts';
import type { Deadline } from './deadline-facts.ts';
import type { RequestRecord } from './record.ts';
import { isAnswered, needOf } from './state-machine.ts';
import type { RequestList } from './views/get-request.ts';

/** Until the answer of a case is handed over, or the deadline was missed, an ended Request is looked at. */
export const awaitsHandover = (record: RequestRecord): boolean =>
  record.reference !== undefined &&
  record.followUpOf === undefined &&
  isAnswered(record.state) &&
  needOf(record) !== undefined &&
  !record.deadline.warned?.some((id) => id.startsWith('overdue'));

/** Maximum Requests of one reference that are looked at, the newest ones. */
const MAX_OF_CASE = 100;

/** Requests with this reference, newest first. They may lag behind by a moment. */
export async function requestsWith(reference: string | undefined, list: RequestList) {
  return reference === undefined ? [] : (await list.list({ reference, limit: MAX_OF_CASE })).records;
}

/** The other Requests of a case (R31): the same reference, and the person asked at the same moment. */
export const othersOfCase = async (of: RequestRecord, list: RequestList): Promise<readonly RequestRecord[]> =>
  (await requestsWith(of.reference, list)).filter(
    ({ requestId, deadline }) => requestId !== of.requestId && deadline.receivedAt === of.deadline.receivedAt,
  );

/** The deadline of its case, while that has an answer to hand over; else a new one. @throws {InvalidInputError} it says another day */
export function deadlineInCase(
  receivedAt: string | undefined,
  others: readonly RequestRecord[],
  now: Date,
  rules: DeadlineRules,
): Deadline {
  const open =
    others.find((record) => needOf(record) !== undefined) ?? others.find(({ state }) => state === 'CANCELLED');
  const started = startDeadline(receivedAt ?? now.toISOString(), rules);
  if (!open) return started;
  const dayOf = (instant: string) => dayAt(new Date(instant), rules.zone);
  const day = dayOf(open.deadline.receivedAt);
  if (receivedAt === undefined || dayOf(receivedAt) === day) return open.deadline;
  if (needOf(open) === undefined) return started; // cancelled, perhaps because the day was wrong
  const detail = `is not the day of the other requests with this reference (${day}): leave it out, or choose another reference`;
  throw new InvalidInputError([{ pointer: '/receivedAt', detail }]);
}
