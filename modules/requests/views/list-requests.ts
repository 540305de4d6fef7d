import { type Caller, seesAll } from '../caller.ts';
import { summaryOf } from './get-request.ts';
import type { ListOptions, RequestList } from './request-list.ts';
import type { RequestsView } from './request-view.ts';

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
