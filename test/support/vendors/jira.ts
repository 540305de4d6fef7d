import { createHmac, randomBytes } from 'node:crypto';
import {
  asItIs,
  type CommentStandIn,
  comment,
  commentStandIn,
  find,
  type Groups,
  type StandInTicket,
  signedCall,
  slice,
  type TicketStandIn,
  type Tickets,
  ticketStandIn,
  type VendorStandIn,
} from './stand-in.ts';

/** Jira Cloud; a page of the changelog has two changes. */
const jiraTickets = (authorization: string, tickets: Tickets, groups: Groups): TicketStandIn =>
  ticketStandIn(authorization, [
    [
      /^\/rest\/api\/3\/issue\/([^/]+)$/,
      ([key], query) => {
        const ticket = query.get('fields') === '*all' && find(tickets, key);
        if (!ticket) return undefined;
        const person = { accountId: ticket.requester };
        const status = { name: ticket.history.at(-1)?.to ?? 'Open' };
        const fixed = { project: { key: ticket.queue }, status, reporter: person, creator: person };
        return { key, fields: { ...ticket.fields, ...fixed, created: '2026-11-20T09:00:00.000+0100' } };
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
const jiraServiceDesk = (authorization: string, key: string): CommentStandIn =>
  commentStandIn(authorization, {
    list: new RegExp(`^/rest/servicedeskapi/request/${key}/comment$`),
    post: ['POST', new RegExp(`^/rest/servicedeskapi/request/${key}/comment$`)],
    read: ({ body, public: isPublic }) => comment(body, isPublic === false),
    show(taken, query) {
      const start = Number(query.get('start'));
      const values = slice(taken, start).map(({ text, isPrivate }) => ({ body: text, public: !isPrivate }));
      return { start, size: values.length, limit: 2, isLastPage: start + values.length >= taken.length, values };
    },
    created: 201,
  });

interface AdfNode {
  readonly type: string;
  readonly text?: string;
  readonly content?: readonly AdfNode[];
}
const textOf = ({ text = '', content = [] }: AdfNode): string => text + content.map(textOf).join('\n');

/** Jira Cloud's platform: a body is a document. */
const jiraIssue = (authorization: string, key: string): CommentStandIn =>
  commentStandIn(authorization, {
    list: new RegExp(`^/rest/api/3/issue/${key}/comment$`),
    post: ['POST', new RegExp(`^/rest/api/3/issue/${key}/comment$`)],
    read({ body, properties }) {
      const document = body as AdfNode & { readonly version: number };
      if (document.type !== 'doc' || document.version !== 1) return undefined;
      const isInternal = JSON.stringify(properties) === '[{"key":"sd.public.comment","value":{"internal":true}}]';
      return comment(textOf(document), isInternal);
    },
    show(taken, query) {
      const startAt = Number(query.get('startAt'));
      const doc = (text: string) => ({ type: 'doc', version: 1, content: [{ type: 'text', text }] });
      const comments = slice(taken.toReversed(), startAt).map(({ text }) => ({ body: doc(text) }));
      return { startAt, maxResults: 2, total: taken.length, comments };
    },
    created: 201,
  });

/** Jira Cloud. */
export const jira: VendorStandIn = {
  connections: [
    { settings: {}, comments: jiraServiceDesk },
    { settings: { serviceDesk: false }, comments: jiraIssue },
  ],
  intake: { approvedStatus: 'Approved' },
  tickets: jiraTickets,
  key: 'GDPR-7',
  noKeys: ['A-1/b', 'gdpr-7', '7', ''],
  ids: { requester: 'rita', approver: 'dora', group: 'dpo', queue: 'GDPR' },
  field: 'customfield_1',
  idOf: (nth) => nth,
  keepsHistory: true,
  written: asItIs,
  signature: {
    sign(at, secret, id) {
      const issue = { key: 'GDPR-7', fields: { summary: 'Ünïcode 姓名' } };
      const body = JSON.stringify({ timestamp: at.getTime(), issue });
      const hex = createHmac('sha256', secret).update(body).digest('hex');
      return signedCall(body, { 'x-hub-signature': `sha256=${hex}`, 'x-atlassian-webhook-identifier': id });
    },
    header: 'x-hub-signature',
    newSecret: () => randomBytes(24).toString('hex'),
    signsBody: true,
    hasEventIds: true,
    ages: [
      [-24 * 60 + 1, true],
      [-24 * 60 - 1, false],
      [2, false],
    ],
  },
};
