import * as z from 'zod';
import type { Clock } from '../../modules/common/ports.ts';
import type { RequestList } from '../../modules/requests/views/get-request.ts';
import { TooManyCallsError, TooManyRequestsError } from './errors.ts';

export const CallerLimits = z.strictObject({
  /** Maximum calls that try a login, per minute of the clock. */
  callsPerMinute: z.int().min(1).max(100_000).default(60),
  unfinishedRequests: z.int().min(1).max(10_000).default(50),
});
export type CallerLimits = Readonly<z.infer<typeof CallerLimits>>;

/** Counts one more call of a caller. @returns number of calls in that minute @param minute since 1970 */
export type CountCall = (callerId: string, minute: number) => Promise<number>;

export type CallerPolicy = { readonly callerLimits: CallerLimits };

export type CallerLimitsPorts = { readonly countCall: CountCall; readonly clock: Clock };

/** Maximum time until a Request has ended, waiting for people included. */
const MAX_OPEN_MS = 90 * 86_400_000;
const BUSY_SECONDS = 60;

/** @throws {TooManyCallsError} the caller has reached the limit of this minute */
export async function refuseTooManyCalls(
  callerId: string,
  { callerLimits }: CallerPolicy,
  { countCall, clock }: CallerLimitsPorts,
): Promise<void> {
  const seconds = Math.floor(clock.now().getTime() / 1000);
  const calls = await countCall(callerId, Math.floor(seconds / 60));
  if (calls > callerLimits.callsPerMinute)
    throw new TooManyCallsError(callerLimits.callsPerMinute, 60 - (seconds % 60));
}

/** @throws {TooManyRequestsError} the caller has the maximum of unfinished Requests */
export async function refuseTooManyRequests(
  callerId: string,
  { callerLimits }: CallerPolicy,
  { clock, requestList }: { readonly clock: Clock; readonly requestList: Pick<RequestList, 'countUnfinished'> },
): Promise<void> {
  const max = callerLimits.unfinishedRequests;
  const since = new Date(clock.now().getTime() - MAX_OPEN_MS).toISOString();
  if ((await requestList.countUnfinished(callerId, since)) >= max) throw new TooManyRequestsError(max, BUSY_SECONDS);
}
