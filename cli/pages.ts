import type { StampedAnchor } from '../core/anchors.ts';
import type { AuditEntry } from '../core/audit.ts';
import type { EventsView } from '../core/model.ts';
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

/** Ids of every Request that the Caller may see, newest first. */
export async function listRequestIds(api: ApiClient, signal?: AbortSignal): Promise<string[]> {
  const requestIds: string[] = [];
  for (let query = {}; ; ) {
    const page = await api.json('listRequests', { query: { limit: 100, ...query } }, signal);
    requestIds.push(...page.requests.map(({ requestId }) => requestId));
    if (page.next === undefined) return requestIds;
    query = { cursor: page.next };
  }
}
