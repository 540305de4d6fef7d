import * as z from 'zod';
import { type CommentApi, plainText } from '../comment.ts';
import { HOUR_MS, hashOf, hmac, isEqual, nested, type SignatureScheme, WebhookSecret } from '../signature.ts';
import { ticketVendor } from '../vendor.ts';
import { zendeskReader } from './read-ticket.ts';

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
