import * as z from 'zod';
import { hashOf, isEqual, WebhookSecret } from '../signature.ts';
import type { CommentApi, ReadTicket, TicketApproval } from '../ticket.ts';
import { type GetJson, Id, NumberedTicket, notThere, refusePage, ticketOf } from '../ticket-api.ts';
import { ticketVendor } from '../vendor.ts';

const Shown = z.object({
  ticket: NumberedTicket.extend({
    requested_for_id: Id.nullish(),
    custom_fields: z.record(z.string(), z.unknown()).nullish(),
  }),
});
const Status = z.object({ name: z.string() });
const Approval = z.object({ id: Id, approver_id: Id, updated_at: z.string(), approval_status: Status });
type Approval = z.infer<typeof Approval>;
const Approvals = z.object({ approvals: z.array(Approval) });
const stateOf = ({ approval_status: { name } }: Approval): string => name.toLowerCase();
const Agent = z.object({ agent: z.object({ member_of: z.array(Id).nullish() }) });

/** A ticket is approved when all requested approvals but withdrawn ones are given; the last one counts. Source: Freshservice API v2. */
export function freshserviceReader(getJson: GetJson): ReadTicket {
  /** All approvals. The page size, and whether there are pages, is not documented: a page without new approvals is the last. */
  const approvalsOf = async (key: string, signal: AbortSignal): Promise<Approval[]> => {
    const found = new Map<string, Approval>();
    for (let page = 1; ; page += 1) {
      refusePage(page);
      const shown = await getJson(`/api/v2/tickets/${key}/approvals?per_page=100&page=${page}`, Approvals, signal);
      if (!shown) throw notThere();
      const before = found.size;
      for (const approval of shown.approvals) found.set(approval.id, approval);
      if (found.size === before) return [...found.values()];
    }
  };
  const approvalOf = async (key: string, signal: AbortSignal): Promise<TicketApproval | undefined> => {
    const requested = (await approvalsOf(key, signal)).filter((approval) => stateOf(approval) !== 'cancelled');
    const newest = requested.toSorted((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at))[0];
    if (!newest || !requested.every((approval) => stateOf(approval) === 'approved')) return undefined;
    const answer = await getJson(`/api/v2/agents/${newest.approver_id}`, Agent, signal);
    return { id: newest.id, approverId: newest.approver_id, approverGroups: answer?.agent.member_of ?? [] };
  };
  return async (key, signal) => {
    const answer = await getJson(`/api/v2/tickets/${key}`, Shown, signal);
    if (!answer || answer.ticket.id !== key) throw notThere();
    const { ticket } = answer;
    const [queue, fields] = [ticket.group_id ?? '', ticket.custom_fields ?? {}];
    const people = [ticket.requester_id, ticket.requested_for_id];
    const approval = await approvalOf(key, signal);
    return ticketOf({ key, queue, people, fields, created: ticket.created_at, approval });
  };
}

const Page = z.object({ conversations: z.array(z.unknown()) });

/** Private notes of Freshservice; their text is HTML. Source: Freshservice API v2, notes of a ticket. */
const freshserviceComments: CommentApi = {
  post: (key, { text, link, marker }) => ({
    method: 'POST',
    path: `/api/v2/tickets/${encodeURIComponent(key)}/notes`,
    body: {
      body: [escaped(text), ...(link === undefined ? [] : [anchor(escaped(link))]), escaped(marker)]
        .map((line) => `<p>${line}</p>`)
        .join(''),
      private: true,
    },
  }),
  first: 1,
  page: (key, at) => `/api/v2/tickets/${encodeURIComponent(key)}/conversations?per_page=100&page=${at}`,
  next: (answer, at) => (Page.parse(answer).conversations.length > 0 ? at + 1 : undefined),
};

const anchor = (href: string): string => `<a href="${href}">${href}</a>`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** The text holds names of Engines, so markup in them must stay text. */
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]!);

export const freshservice = ticketVendor({
  connection: {},
  intake: {},
  ticketKey: /^\d{1,20}$/,
  // It signs nothing: it sends a secret in a header of its own.
  signature: {
    name: 'freshservice',
    secret: WebhookSecret,
    isSigned: ({ headers }, secret) => isEqual(hashOf(headers['x-gdpr-secret'] ?? ''), hashOf(secret)),
    // Its events have no id, and an approval may look like the change before it: each counts.
    eventId: () => crypto.randomUUID(),
    ticketOf: ({ ticket_id: id }) => id,
  },
  reader: freshserviceReader,
  comments: () => freshserviceComments,
});
