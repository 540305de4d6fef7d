import type { ListFilters } from '../client/shapes.ts';
import type { AnchorsView, AuditEntry, EventsView, RequestSummary } from '../client/types.ts';
import type { ApiClient } from './api-client.ts';

/** The whole audit trail of a request (R27). */
export async function listEvents(api: ApiClient, requestId: string, signal?: AbortSignal): Promise<EventsView> {
  const events: AuditEntry[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: EventsView = await api.call('listEvents', { path: { requestId }, query: { after } }, signal);
    events.push(...page.events);
    after = page.next;
  }
  return { requestId, events };
}

/** Every anchor of audit trails, oldest first. */
export async function listAnchors(api: ApiClient, signal?: AbortSignal): Promise<AnchorsView['anchors']> {
  const anchors: AnchorsView['anchors'] = [];
  for (let query = {}; ; ) {
    const page = await api.call('listAnchors', { query }, signal);
    anchors.push(...page.anchors);
    if (page.next === undefined) return anchors;
    query = { after: page.next };
  }
}

/** Maximum requests in one answer of the API. */
const MAX_PAGE = 100;

/** Requests that the Caller may see, newest first. @returns at most `limit` of them; `more` when there are others */
export async function listRequests(
  api: ApiClient,
  { limit, ...which }: { readonly limit: number } & ListFilters,
  signal?: AbortSignal,
): Promise<{ readonly requests: readonly RequestSummary[]; readonly more: boolean }> {
  const requests: RequestSummary[] = [];
  for (let from = {}; ; ) {
    const query = { ...which, limit: Math.min(MAX_PAGE, limit - requests.length), ...from };
    const page = await api.call('listRequests', { query }, signal);
    requests.push(...page.requests);
    if (page.next === undefined || requests.length >= limit) return { requests, more: page.next !== undefined };
    from = { cursor: page.next };
  }
}
