import * as z from 'zod';
import { HOUR_MS, hashOf, hmac, isEqual, jsonOf, nested, type SignatureScheme, WebhookSecret } from '../signature.ts';
import { type CommentApi, type CommentParts, plainText, type ReadTicket, type TicketApproval } from '../ticket.ts';
import { type GetJson, nobodyApproved, notThere, refusePage, ticketOf } from '../ticket-api.ts';
import { ticketVendor } from '../vendor.ts';

const Person = z.object({ accountId: z.string() });
const Issue = z.object({
  key: z.string(),
  fields: z.looseObject({
    project: z.object({ key: z.string() }),
    status: z.object({ name: z.string() }),
    reporter: Person.nullish(),
    creator: Person.nullish(),
    created: z.string().optional(),
  }),
});
const ChangedField = z.object({ field: z.string(), toString: z.unknown().optional() });
const Change = z.object({ id: z.string(), author: Person.nullish(), items: z.array(ChangedField) });
const Changes = z.object({ total: z.int(), values: z.array(Change) });
const Groups = z.array(z.object({ name: z.string() }));
const PAGE = 100;

const keyed = (key: string): string => encodeURIComponent(key);

/** Approved: it has the configured status, by whoever set it last. Source: Jira REST API v3, changelog (oldest first), user's groups. */
function jiraReader(getJson: GetJson, approvedStatus: string): ReadTicket {
  const approvalOf = async (key: string, signal: AbortSignal): Promise<TicketApproval> => {
    let newest: { readonly id: string; readonly approverId: string } | undefined;
    for (let page = 1, startAt = 0, isLast = false; !isLast; page += 1) {
      refusePage(page);
      const path = `/rest/api/3/issue/${keyed(key)}/changelog?startAt=${startAt}&maxResults=${PAGE}`;
      const shown = await getJson(path, Changes, signal);
      for (const { id, author, items } of shown?.values ?? []) {
        const isApproval = items.some((item) => item.field === 'status' && item.toString === approvedStatus);
        if (isApproval) newest = author ? { id, approverId: author.accountId } : undefined; // nobody knows who it was
      }
      startAt += shown?.values.length ?? 0;
      isLast = !shown || shown.values.length === 0 || startAt >= shown.total;
    }
    if (!newest) throw nobodyApproved();
    const path = `/rest/api/3/user/groups?accountId=${encodeURIComponent(newest.approverId)}`;
    const groups = (await getJson(path, Groups, signal)) ?? [];
    return { ...newest, approverGroups: groups.map(({ name }) => name) };
  };
  return async (key, signal) => {
    const issue = await getJson(`/rest/api/3/issue/${keyed(key)}?fields=*all`, Issue, signal);
    if (!issue || issue.key !== key) throw notThere(); // a moved issue answers under its new key
    const { project, status, reporter, creator, created } = issue.fields;
    const approval = status.name === approvedStatus ? await approvalOf(key, signal) : undefined;
    const people = [reporter?.accountId, creator?.accountId];
    return ticketOf({ key, queue: project.key, people, fields: issue.fields, created, approval });
  };
}

const ServiceDeskPage = z.object({ start: z.int(), size: z.int(), isLastPage: z.boolean() });
const PlatformPage = z.object({ startAt: z.int(), total: z.int(), comments: z.array(z.unknown()) });

/** Internal comments on a request of Jira Service Management. Source: Jira Service Management REST API, request comments. */
export const jiraServiceDeskComments: CommentApi = {
  post: (key, parts) => ({
    method: 'POST',
    path: `/rest/servicedeskapi/request/${keyed(key)}/comment`,
    body: { body: plainText(parts), public: false },
  }),
  first: 0,
  page: (key, at) => `/rest/servicedeskapi/request/${keyed(key)}/comment?start=${at}&limit=100`,
  next(answer) {
    const { start, size, isLastPage } = ServiceDeskPage.parse(answer);
    return isLastPage || size === 0 ? undefined : start + size;
  },
};

/** The property keeps a comment internal where the project is a service desk. Source: Jira Cloud REST API v3, issue comments. */
const jiraIssueComments: CommentApi = {
  post: (key, parts) => ({
    method: 'POST',
    path: `/rest/api/3/issue/${keyed(key)}/comment`,
    body: { body: documentOf(parts), properties: [{ key: 'sd.public.comment', value: { internal: true } }] },
  }),
  first: 0,
  page: (key, at) => `/rest/api/3/issue/${keyed(key)}/comment?startAt=${at}&maxResults=100&orderBy=-created`,
  next(answer) {
    const { startAt, total, comments } = PlatformPage.parse(answer);
    const next = startAt + comments.length;
    return comments.length > 0 && next < total ? next : undefined;
  },
};

/** Atlassian Document Format, version 1. */
function documentOf({ text, link, marker }: CommentParts): unknown {
  const paragraph = (words: string, marks?: readonly unknown[]) => ({
    type: 'paragraph',
    content: [{ type: 'text', text: words, ...(marks && { marks }) }],
  });
  const linked = link === undefined ? [] : [paragraph(link, [{ type: 'link', attrs: { href: link } }])];
  return { type: 'doc', version: 1, content: [paragraph(text), ...linked, paragraph(marker)] };
}

/** Admin webhooks of Jira Cloud, by SHA-256 alone. The time is in the signed body; retries go on for hours. */
export const jiraSignature: SignatureScheme = {
  name: 'jira',
  secret: WebhookSecret,
  isSigned({ headers, body }, secret) {
    const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(headers['x-hub-signature'] ?? '') ?? [];
    return hex !== undefined && isEqual(Buffer.from(hex, 'hex'), hmac(secret, body));
  },
  sentAt: (call) => z.number().catch(Number.NaN).parse(jsonOf(call).timestamp),
  maxAgeMs: 24 * HOUR_MS,
  eventId: ({ headers, body }) => headers['x-atlassian-webhook-identifier'] ?? hashOf(body).toString('hex'),
  ticketOf: ({ issue }) => nested(issue, 'key'),
};

export const jira = ticketVendor({
  /** `serviceDesk`: false for a project that is no service desk, where all who see an issue see its comments. */
  connection: { serviceDesk: z.boolean().default(true) },
  intake: { approvedStatus: z.string().min(1) },
  ticketKey: /^[A-Z][A-Z0-9_]{1,30}-\d{1,12}$/,
  signature: jiraSignature,
  reader: (getJson, _connection, { approvedStatus }) => jiraReader(getJson, approvedStatus),
  comments: ({ serviceDesk }) => (serviceDesk ? jiraServiceDeskComments : jiraIssueComments),
});
