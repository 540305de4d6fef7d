import * as z from 'zod';
import { type CommentApi, plainText } from '../comment.ts';

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
