import type { StampedAnchor } from '../modules/proof/audit-anchors.ts';
import type { AuditEntry, EventsView } from '../modules/requests/audit/entry.ts';
import type { RequestState } from '../modules/requests/record.ts';
import type { RequestSummary } from '../modules/requests/views/request-view.ts';
import type { ApiClient } from './api-client.ts';

/** The whole audit trail of a Request (R27). */
export async function listEvents(api: ApiClient, requestId: string, signal?: AbortSignal): Promise<EventsView> {
  const events: AuditEntry[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: Partial<EventsView> = await api.json('listEvents', { path: { requestId }, query: { after } }, signal);
    events.push(...(page.events ?? []));
    after = page.next;
  }
  return { requestId, events };
}

/** Every anchor of audit trails, oldest first. */
export async function listAnchors(api: ApiClient, signal?: AbortSignal): Promise<StampedAnchor[]> {
  const anchors: StampedAnchor[] = [];
  for (let query = {}; ; ) {
    const page = await api.json('listAnchors', { query }, signal);
    anchors.push(...page.anchors);
    if (page.next === undefined) return anchors;
    query = { after: page.next };
  }
}

/** Requests in one answer of the API, at most. */
const PAGE = 100;

/**
 * Requests that the Caller may see, newest first.
 * @returns at most `limit` of them; `more` when there are others
 */
export async function listRequests(
  api: ApiClient,
  { limit, ...which }: { readonly limit: number; readonly state?: RequestState },
  signal?: AbortSignal,
): Promise<{ readonly requests: readonly RequestSummary[]; readonly more: boolean }> {
  const requests: RequestSummary[] = [];
  for (let from = {}; ; ) {
    const query = { ...which, limit: Math.min(PAGE, limit - requests.length), ...from };
    const page = await api.json('listRequests', { query }, signal);
    requests.push(...page.requests);
    if (page.next === undefined || requests.length >= limit) return { requests, more: page.next !== undefined };
    from = { cursor: page.next };
  }
}

/** Ids of every Request that the Caller may see, newest first. */
export async function listRequestIds(api: ApiClient, signal?: AbortSignal): Promise<string[]> {
  const { requests } = await listRequests(api, { limit: Number.POSITIVE_INFINITY }, signal);
  return requests.map(({ requestId }) => requestId);
}
