import * as z from 'zod';
import { type CommentApi, type CommentParts, plainText } from '../comment.ts';

const ServiceDeskPage = z.object({ start: z.int(), size: z.int(), isLastPage: z.boolean() });
const PlatformPage = z.object({ startAt: z.int(), total: z.int(), comments: z.array(z.unknown()) });

const keyed = (key: string): string => encodeURIComponent(key);

/** Internal comments on a request of Jira Service Management. Source: Jira Service Management REST API, request comments. */
export const jiraServiceDeskComments: CommentApi = {
  post: (key, parts) => ({
    method: 'POST',
    path: `/rest/servicedeskapi/request/${keyed(key)}/comment`,
    body: { body: plainText(parts), public: false },
  }),
  first: 0,
  page: (key, at) => `/rest/servicedeskapi/request/${keyed(key)}/comment?start=${at}&limit=100`,
  next(answer) {
    const { start, size, isLastPage } = ServiceDeskPage.parse(answer);
    return isLastPage || size === 0 ? undefined : start + size;
  },
};

/**
 * Comments on any issue of Jira Cloud, in its document format. The property keeps a comment internal where the project is a
 * service desk; elsewhere everybody who sees the issue sees its comments. Source: Jira Cloud REST API v3, issue comments.
 */
export const jiraIssueComments: CommentApi = {
  post: (key, parts) => ({
    method: 'POST',
    path: `/rest/api/3/issue/${keyed(key)}/comment`,
    body: { body: documentOf(parts), properties: [{ key: 'sd.public.comment', value: { internal: true } }] },
  }),
  first: 0,
  page: (key, at) => `/rest/api/3/issue/${keyed(key)}/comment?startAt=${at}&maxResults=100&orderBy=-created`,
  next(answer) {
    const { startAt, total, comments } = PlatformPage.parse(answer);
    const next = startAt + comments.length;
    return comments.length > 0 && next < total ? next : undefined;
  },
};

/** Atlassian Document Format, version 1. */
function documentOf({ text, link, marker }: CommentParts): unknown {
  const paragraph = (words: string, marks?: readonly unknown[]) => ({
    type: 'paragraph',
    content: [{ type: 'text', text: words, ...(marks && { marks }) }],
  });
  const linked = link === undefined ? [] : [paragraph(link, [{ type: 'link', attrs: { href: link } }])];
  return { type: 'doc', version: 1, content: [paragraph(text), ...linked, paragraph(marker)] };
}
