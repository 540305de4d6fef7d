import * as z from 'zod';
import type { CommentApi } from '../comment.ts';

const Page = z.object({ conversations: z.array(z.unknown()) });

/** Private notes of Freshservice; their text is HTML. Source: Freshservice API v2, notes of a ticket. */
export const freshserviceComments: CommentApi = {
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
