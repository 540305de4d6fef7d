import { createHmac, randomBytes } from 'node:crypto';
import {
  type CommentStandIn,
  comment,
  commentStandIn,
  find,
  type Groups,
  type Json,
  slice,
  type TicketStandIn,
  type Tickets,
  ticketStandIn,
} from '../../../local/ticket-system/vendor-api.ts';
import { asItIs, numbered, signedCall, type VendorStandIn } from './stand-in.ts';

/** Zendesk: approval is the drop-down 77. */
export const zendeskTickets = (authorization: string, tickets: Tickets, groups: Groups): TicketStandIn =>
  ticketStandIn(authorization, [
    [
      /^\/api\/v2\/tickets\/(\d+)\.json$/,
      ([key]) => {
        const ticket = find(tickets, key);
        const fields = ticket && { ...ticket.fields, 77: ticket.history.at(-1)?.to ?? null };
        return (
          ticket && {
            ticket: {
              id: Number(key),
              group_id: Number(ticket.queue),
              created_at: '2026-11-20T08:00:00Z',
              requester_id: Number(ticket.requester),
              submitter_id: Number(ticket.requester),
              custom_fields: Object.entries(fields!).map(([id, value]) => ({ id: Number(id), value })),
            },
          }
        );
      },
    ],
    [
      /^\/api\/v2\/tickets\/(\d+)\/audits\.json$/,
      ([key], query) => {
        const history = find(tickets, key)?.history ?? [];
        const page = Number(query.get('page'));
        const audits = history.slice((page - 1) * 2, page * 2).map(({ id, by, to }) => ({
          id: Number(id),
          author_id: Number(by),
          events: [
            { type: 'Comment', body: 'Approved' },
            { type: 'Change', field_name: '77', value: to },
          ],
        }));
        return { audits, next_page: page * 2 < history.length ? 'https://elsewhere.example.com/' : null };
      },
    ],
    [
      /^\/api\/v2\/users\/(\d+)\/group_memberships\.json$/,
      ([user]) => ({ group_memberships: (groups[user!] ?? []).map((id) => ({ group_id: Number(id) })) }),
    ],
  ]);

/** Zendesk: a comment is public when nothing is said. */
export const zendeskComments = (authorization: string, id: string): CommentStandIn =>
  commentStandIn(authorization, {
    list: new RegExp(`^/api/v2/tickets/${id}/comments\\.json$`),
    post: ['PUT', new RegExp(`^/api/v2/tickets/${id}\\.json$`)],
    read({ ticket }) {
      const { comment: given = {}, ...others } = ticket as { readonly comment?: Json };
      return Object.keys(others).length > 0 ? undefined : comment(given.body, given.public === false);
    },
    show(taken, query) {
      const page = Number(query.get('page'));
      const comments = slice(taken, (page - 1) * 2).map(({ text, isPrivate }) => ({ body: text, public: !isPrivate }));
      const next = page * 2 < taken.length ? `https://elsewhere.example.com/?page=${page + 1}` : null;
      return { comments, next_page: next, count: taken.length };
    },
    created: 200,
  });

/** Zendesk. */
export const zendesk: VendorStandIn = {
  ...numbered,
  connections: [{ settings: {}, comments: zendeskComments }],
  intake: { approved: { field: '77', value: 'Approved' } },
  tickets: zendeskTickets,
  key: '35436',
  field: '55',
  keepsHistory: true,
  written: asItIs,
  signature: {
    sign(at, secret, id) {
      const body = JSON.stringify({ ticket_id: 35436, subject: 'Ünïcode 姓名' });
      const time = at.toISOString();
      const mac = createHmac('sha256', secret).update(time).update(body);
      return signedCall(body, {
        'x-zendesk-webhook-signature': mac.digest('base64'),
        'x-zendesk-webhook-signature-timestamp': time,
        'x-zendesk-webhook-invocation-id': id,
      });
    },
    header: 'x-zendesk-webhook-signature',
    newSecret: () => randomBytes(24).toString('hex'),
    signsBody: true,
    hasEventIds: true,
    ages: [
      [-59, true],
      [-61, false],
      [2, false],
    ],
  },
};
