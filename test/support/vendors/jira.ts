import { randomBytes } from 'node:crypto';
import { jiraServiceDesk, jiraTickets, jiraWebhook } from '../../../local/ticket-system/jira-api.ts';
import { type CommentStandIn, comment, commentStandIn, slice } from '../../../local/ticket-system/vendor-api.ts';
import { asItIs, signedCall, type VendorStandIn } from './stand-in.ts';

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
      const { body, headers } = jiraWebhook(at, secret, id, { key: 'GDPR-7', fields: { summary: 'Ünïcode 姓名' } });
      return signedCall(body, headers);
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
