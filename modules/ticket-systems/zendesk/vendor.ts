import * as z from 'zod';
import { HOUR_MS, hashOf, hmac, isEqual, nested, type SignatureScheme, WebhookSecret } from '../signature.ts';
import { type CommentApi, plainText, type ReadTicket, type TicketApproval } from '../ticket.ts';
import { type GetJson, Id, NumberedTicket, nobodyApproved, notThere, refusePage, ticketOf } from '../ticket-api.ts';
import { ticketVendor } from '../vendor.ts';

const Shown = z.object({
  ticket: NumberedTicket.extend({
    submitter_id: Id.nullish(),
    custom_fields: z.array(z.object({ id: Id, value: z.unknown() })).default([]),
  }),
});
const Event = z.looseObject({ type: z.string(), field_name: z.unknown().optional(), value: z.unknown().optional() });
const Audit = z.object({ id: Id, author_id: Id, events: z.array(Event) });
const Audits = z.object({ next_page: z.string().nullish(), audits: z.array(Audit) });
const Memberships = z.object({ group_memberships: z.array(z.object({ group_id: Id })) });

/** Approved: the custom field has the value, by whoever set it last. Source: Ticketing API, tickets, ticket audits, group memberships. */
function zendeskReader(getJson: GetJson, approved: { field: string; value: string }): ReadTicket {
  const approvalOf = async (key: string, signal: AbortSignal): Promise<TicketApproval> => {
    let newest: { readonly id: string; readonly approverId: string } | undefined;
    for (let page = 1; ; page += 1) {
      refusePage(page);
      const answer = await getJson(`/api/v2/tickets/${key}/audits.json?per_page=100&page=${page}`, Audits, signal);
      for (const { id, author_id: approverId, events } of answer?.audits ?? []) {
        const isApproval = events.some(
          ({ type, field_name: field, value }) =>
            ['Change', 'Create'].includes(type) && String(field) === approved.field && value === approved.value,
        );
        if (isApproval) newest = { id, approverId };
      }
      if (!answer?.next_page) break; // its address is not followed: it could lead anywhere
    }
    if (!newest) throw nobodyApproved();
    const path = `/api/v2/users/${newest.approverId}/group_memberships.json?per_page=100`;
    const { group_memberships: memberships } = (await getJson(path, Memberships, signal)) ?? { group_memberships: [] };
    return { ...newest, approverGroups: memberships.map(({ group_id: group }) => group) };
  };
  return async (key, signal) => {
    const answer = await getJson(`/api/v2/tickets/${key}.json`, Shown, signal);
    if (!answer || answer.ticket.id !== key) throw notThere();
    const { ticket } = answer;
    const fields = Object.fromEntries(ticket.custom_fields.map(({ id, value }) => [id, value]));
    const approval = fields[approved.field] === approved.value ? await approvalOf(key, signal) : undefined;
    const people = [ticket.requester_id, ticket.submitter_id];
    return ticketOf({ key, queue: ticket.group_id ?? '', people, fields, created: ticket.created_at, approval });
  };
}

const Page = z.object({ next_page: z.string().nullish() });

/** Internal notes of Zendesk; a comment is public unless it says otherwise. Source: Zendesk Ticketing API, ticket comments. */
export const zendeskComments: CommentApi = {
  post: (key, parts) => ({
    method: 'PUT',
    path: `/api/v2/tickets/${encodeURIComponent(key)}.json`,
    body: { ticket: { comment: { body: plainText(parts), public: false } } },
  }),
  first: 1,
  page: (key, at) => `/api/v2/tickets/${encodeURIComponent(key)}/comments.json?per_page=100&page=${at}`,
  next: (answer, at) => (Page.parse(answer).next_page ? at + 1 : undefined), // its address is not followed: it could lead anywhere
};

// A header that came twice is one header with a comma inside: the pattern refuses it.
const BASE64 = /^[A-Za-z0-9+/]+=*$/;

/** Webhooks of Zendesk: the time is signed first, then the body, with nothing between. */
export const zendeskSignature: SignatureScheme = {
  name: 'zendesk',
  secret: WebhookSecret,
  isSigned({ headers, body }, secret) {
    const given = headers['x-zendesk-webhook-signature'] ?? '';
    if (!BASE64.test(given)) return false;
    const time = headers['x-zendesk-webhook-signature-timestamp'] ?? '';
    return isEqual(Buffer.from(given, 'base64'), hmac(secret, time, body));
  },
  sentAt: ({ headers }) => Date.parse(headers['x-zendesk-webhook-signature-timestamp'] ?? ''),
  maxAgeMs: HOUR_MS,
  eventId: ({ headers, body }) => headers['x-zendesk-webhook-invocation-id'] ?? hashOf(body).toString('hex'),
  ticketOf: ({ ticket_id: id, detail }) => id ?? nested(detail, 'id'),
};

export const zendesk = ticketVendor({
  connection: {},
  intake: {
    approved: z.strictObject({
      field: z.string().regex(/^\d+$/, 'the id of a custom field'),
      value: z.string().min(1),
    }),
  },
  ticketKey: /^\d{1,20}$/,
  signature: zendeskSignature,
  reader: (getJson, _connection, { approved }) => zendeskReader(getJson, approved),
  comments: () => zendeskComments,
});
