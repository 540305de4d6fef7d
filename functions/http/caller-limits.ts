import * as z from 'zod';
import type { Clock } from '../../modules/common/ports.ts';
import type { RequestList } from '../../modules/requests/views/request-list.ts';
import { TooManyCallsError, TooManyRequestsError } from './errors.ts';

/** How much one Caller may ask. */
export const CallerLimits = z.strictObject({
  /** Calls that try a login, in a minute of the clock. */
  callsPerMinute: z.int().min(1).max(100_000).default(60),
  /** Requests that have not ended. */
  unfinishedRequests: z.int().min(1).max(10_000).default(50),
});
export type CallerLimits = Readonly<z.infer<typeof CallerLimits>>;

/** Counts calls. */
export interface CallCounter {
  /** Counts one more call of a Caller. @returns how many there were in that minute @param minute since 1970 */
  add(callerId: string, minute: number): Promise<number>;
}

export interface CallerLimitsPorts {
  readonly callerLimits: CallerLimits;
  readonly callCounter: CallCounter;
  readonly clock: Clock;
}

/** Longest life of a Request before it ends one way or another, waiting for people included. */
const MAX_LIFE_MS = 90 * 86_400_000;
const BUSY_SECONDS = 60;

/** @throws {TooManyCallsError} this call is one too many in its minute */
export async function refuseTooManyCalls(
  callerId: string,
  { callerLimits, callCounter, clock }: CallerLimitsPorts,
): Promise<void> {
  const seconds = Math.floor(clock.now().getTime() / 1000);
  const calls = await callCounter.add(callerId, Math.floor(seconds / 60));
  if (calls > callerLimits.callsPerMinute)
    throw new TooManyCallsError(callerLimits.callsPerMinute, 60 - (seconds % 60));
}

/** @throws {TooManyRequestsError} the Caller has as many unfinished Requests as it may */
export async function refuseTooManyRequests(
  callerId: string,
  { callerLimits, clock, requestList }: Omit<CallerLimitsPorts, 'callCounter'> & { readonly requestList: RequestList },
): Promise<void> {
  const most = callerLimits.unfinishedRequests;
  const since = new Date(clock.now().getTime() - MAX_LIFE_MS).toISOString();
  if ((await requestList.countUnfinished(callerId, since)) >= most) throw new TooManyRequestsError(most, BUSY_SECONDS);
}
