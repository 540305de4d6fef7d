import type { InputOf } from '../client/request.ts';
import type { AnchorsView, AuditEntry, EventsView, RequestSummary } from '../client/types.ts';
import type { Ask } from './connection.ts';

/** The whole audit trail of a request (R27). */
export async function listEvents(ask: Ask, requestId: string): Promise<EventsView> {
  const events: AuditEntry[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: EventsView = await ask('listEvents', { path: { requestId }, query: { after } });
    events.push(...page.events);
    after = page.next;
  }
  return { requestId, events };
}

/** Every anchor of audit trails, oldest first. */
export async function listAnchors(ask: Ask): Promise<AnchorsView['anchors']> {
  const anchors: AnchorsView['anchors'] = [];
  for (let query = {}; ; ) {
    const page = await ask('listAnchors', { query });
    anchors.push(...page.anchors);
    if (page.next === undefined) return anchors;
    query = { after: page.next };
  }
}

/** Maximum requests in one answer of the API. */
const MAX_PAGE = 100;

/** Requests that the Caller may see, newest first. @returns at most `limit` of them; `more` when there are others */
export async function listRequests(
  ask: Ask,
  { limit, ...which }: InputOf<'listRequests'>['query'] & { readonly limit: number },
): Promise<{ readonly requests: readonly RequestSummary[]; readonly more: boolean }> {
  const requests: RequestSummary[] = [];
  for (let from = {}; ; ) {
    const query = { ...which, limit: Math.min(MAX_PAGE, limit - requests.length), ...from };
    const page = await ask('listRequests', { query });
    requests.push(...page.requests);
    if (page.next === undefined || requests.length >= limit) return { requests, more: page.next !== undefined };
    from = { cursor: page.next };
  }
}
