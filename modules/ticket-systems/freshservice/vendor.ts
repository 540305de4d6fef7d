import * as z from 'zod';
import type { CommentApi } from '../comment.ts';
import { hashOf, isEqual, type SignatureScheme, WebhookSecret } from '../signature.ts';
import { ticketVendor } from '../vendor.ts';
import { freshserviceReader } from './read-ticket.ts';

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

/** Freshservice signs nothing: it sends a secret in a header of its own. */
const freshserviceSignature: SignatureScheme = {
  name: 'freshservice',
  secret: WebhookSecret,
  isSigned: ({ headers }, secret) => isEqual(hashOf(headers['x-gdpr-secret'] ?? ''), hashOf(secret)),
  // Its events have no id, and an approval may look like the change before it: each counts.
  eventId: () => crypto.randomUUID(),
  ticketOf: ({ ticket_id: id }) => id,
};

export const freshservice = ticketVendor({
  connection: {},
  intake: {},
  ticketKey: /^\d{1,20}$/,
  signature: freshserviceSignature,
  reader: (getJson) => freshserviceReader(getJson),
  comments: () => freshserviceComments,
});
