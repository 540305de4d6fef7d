import { createHmac } from 'node:crypto';
import {
  type CommentStandIn,
  comment,
  commentStandIn,
  find,
  type Groups,
  type StandInTicket,
  slice,
  type TakenComment,
  type TicketStandIn,
  type Tickets,
  ticketStandIn,
} from './vendor-api.ts';

/** Jira Cloud; a page of the changelog has two changes. */
export const jiraTickets = (authorization: string, tickets: Tickets, groups: Groups): TicketStandIn =>
  ticketStandIn(authorization, [
    [
      /^\/rest\/api\/3\/issue\/([^/]+)$/,
      ([key], query) => {
        const ticket = query.get('fields') === '*all' && find(tickets, key);
        if (!ticket) return undefined;
        const person = { accountId: ticket.requester };
        const status = { name: ticket.history.at(-1)?.to ?? 'Open' };
        const fixed = { project: { key: ticket.queue }, status, reporter: person, creator: person };
        const { createdAt: created = '2026-11-20T09:00:00.000+0100' } = ticket;
        return { key, fields: { ...ticket.fields, ...fixed, created } };
      },
    ],
    [
      /^\/rest\/api\/3\/issue\/([^/]+)\/changelog$/,
      ([key], query) => {
        const history = find(tickets, key)?.history ?? [];
        const startAt = Number(query.get('startAt'));
        const change = ({ id, by, to }: StandInTicket['history'][number]) => ({
          id,
          author: { accountId: by },
          items: [
            { field: 'labels', toString: 'Approved' },
            { field: 'status', toString: to },
          ],
        });
        return { startAt, total: history.length, values: history.slice(startAt, startAt + 2).map(change) };
      },
    ],
    [
      /^\/rest\/api\/3\/user\/groups$/,
      (_found, query) => (groups[query.get('accountId')!] ?? []).map((name) => ({ name })),
    ],
  ]);

/** Jira Service Management: `public` must be said. */
export const jiraServiceDesk = (authorization: string, key: string, taken?: TakenComment[]): CommentStandIn =>
  commentStandIn(
    authorization,
    {
      list: new RegExp(`^/rest/servicedeskapi/request/${key}/comment$`),
      post: ['POST', new RegExp(`^/rest/servicedeskapi/request/${key}/comment$`)],
      read: ({ body, public: isPublic }) => comment(body, isPublic === false),
      show(taken, query) {
        const start = Number(query.get('start'));
        const values = slice(taken, start).map(({ text, isPrivate }) => ({ body: text, public: !isPrivate }));
        return { start, size: values.length, limit: 2, isLastPage: start + values.length >= taken.length, values };
      },
      created: 201,
    },
    taken,
  );

/** A webhook as Jira signs it. @param id of the event */
export function jiraWebhook(
  at: Date,
  secret: string,
  id: string,
  issue: { readonly key: string; readonly fields: object },
) {
  const body = JSON.stringify({ timestamp: at.getTime(), webhookEvent: 'jira:issue_updated', issue });
  const hex = createHmac('sha256', secret).update(body).digest('hex');
  return { body, headers: { 'x-hub-signature': `sha256=${hex}`, 'x-atlassian-webhook-identifier': id } };
}
