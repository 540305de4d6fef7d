import { type Caller, seesAll } from '../caller.ts';
import type { RequestRecord, RequestState } from '../record.ts';
import { summaryOf } from './get-request.ts';
import type { RequestsView } from './request-view.ts';

/** Which Requests to list, newest first. */
export interface ListOptions {
  /** Only this Caller's; default: all. */
  readonly callerId?: string;
  readonly limit: number;
  /** Place of the last one on the page before: `<createdAt>#<requestId>`. */
  readonly cursor?: string;
  readonly state?: RequestState;
  readonly reference?: string;
}

/** Lists of Requests; they may lag behind by a moment. */
export interface RequestList {
  /** @returns `next`: cursor of the next page, absent at the end */
  list(question: ListOptions): Promise<{ readonly records: readonly RequestRecord[]; readonly next?: string }>;
  /** Number of a Caller's unfinished Requests created since then (ISO 8601). */
  countUnfinished(callerId: string, since: string): Promise<number>;
}

/** The Caller's own Requests, newest first; all Requests for operators and approvers. */
export async function listRequests(
  caller: Caller,
  question: Omit<ListOptions, 'callerId'>,
  { requestList }: { readonly requestList: RequestList },
): Promise<RequestsView> {
  const whose = seesAll(caller) ? {} : { callerId: caller.callerId };
  const { records, next } = await requestList.list({ ...question, ...whose });
  return { requests: records.map(summaryOf), ...(next !== undefined && { next }) };
}
