import { randomBytes } from 'node:crypto';
import {
  type CommentStandIn,
  comment,
  commentStandIn,
  find,
  type Groups,
  slice,
  type TicketStandIn,
  type Tickets,
  ticketStandIn,
} from '../../../local/ticket-system/vendor-api.ts';
import { numbered, signedCall, type VendorStandIn } from './stand-in.ts';

/** Freshservice: each change is an approval of its own; a page has two. */
const freshserviceTickets = (authorization: string, tickets: Tickets, groups: Groups): TicketStandIn =>
  ticketStandIn(authorization, [
    [
      /^\/api\/v2\/tickets\/(\d+)$/,
      ([key]) => {
        const ticket = find(tickets, key);
        const ids = ticket && { group_id: Number(ticket.queue), requester_id: Number(ticket.requester) };
        return (
          ids && {
            ticket: { id: Number(key), ...ids, created_at: '2026-11-20T08:00:00Z', custom_fields: ticket.fields },
          }
        );
      },
    ],
    [
      /^\/api\/v2\/tickets\/(\d+)\/approvals$/,
      ([key], query) => {
        const approvals = (find(tickets, key)?.history ?? []).map(({ id, by, to }, at) => ({
          id: Number(id),
          approver_id: Number(by),
          updated_at: `2026-11-2${at}T08:00:00Z`,
          approval_status: { id: 1, name: to.toLowerCase() },
        }));
        const page = Number(query.get('page') ?? 1);
        return { approvals: approvals.slice((page - 1) * 2, page * 2) };
      },
    ],
    [/^\/api\/v2\/agents\/(\d+)$/, ([id]) => groups[id!] && { agent: { id, member_of: groups[id!]!.map(Number) } }],
  ]);

/** Freshservice: HTML, and public unless `private`. */
const freshserviceComments = (authorization: string, id: string): CommentStandIn =>
  commentStandIn(authorization, {
    list: new RegExp(`^/api/v2/tickets/${id}/conversations$`),
    post: ['POST', new RegExp(`^/api/v2/tickets/${id}/notes$`)],
    read: ({ body, private: isPrivate }) => comment(body, isPrivate === true),
    show: (taken, query) => ({
      conversations: slice(taken, (Number(query.get('page')) - 1) * 2).map(({ text }) => ({ body: text })),
    }),
    created: 201,
  });

/** Freshservice. */
export const freshservice: VendorStandIn = {
  ...numbered,
  connections: [{ settings: {}, comments: freshserviceComments }],
  intake: {},
  tickets: freshserviceTickets,
  key: '12',
  field: 'employee',
  keepsHistory: false,
  written: (text) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  signature: {
    sign: (at, secret, id) =>
      signedCall(JSON.stringify({ ticket_id: 12, updated_at: at.toISOString(), id }), { 'x-gdpr-secret': secret }),
    header: 'x-gdpr-secret',
    newSecret: () => randomBytes(24).toString('hex'),
    signsBody: false,
    hasEventIds: false, // what it sends of an approval may be what it sent of the change before
    ages: [],
  },
};
