import type { AskedCall, PeerAnswer } from '../plain-peer.ts';

/** A comment as a vendor has taken it. */
export interface TakenComment {
  readonly text: string;
  readonly isPrivate: boolean;
}

/** How a vendor answers the calls of its API that are about comments; what it does not know it refuses. */
export interface CommentStandIn {
  readonly taken: TakenComment[];
  answer(call: AskedCall): PeerAnswer;
}

type Json = Record<string, unknown>;
const ok = (body: unknown, status = 200): PeerAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const refuse = (status: number): PeerAnswer => ({ status, body: '{}' });

/** @param pageOf how many comments a page of the list has, whatever is asked for */
function standIn(
  authorization: string,
  routes: {
    readonly list: RegExp;
    readonly post: readonly [method: string, path: RegExp];
    readonly read: (body: Json) => TakenComment | undefined;
    readonly show: (taken: readonly TakenComment[], query: URLSearchParams) => unknown;
    readonly created: number;
  },
): CommentStandIn {
  const taken: TakenComment[] = [];
  return {
    taken,
    answer({ method, path, headers, body }) {
      if (headers.authorization !== authorization || headers.accept !== 'application/json') return refuse(401);
      const { pathname, searchParams } = new URL(path, 'http://stand-in');
      if (method === 'GET' && routes.list.test(pathname)) return ok(routes.show(taken, searchParams));
      if (method !== routes.post[0] || !routes.post[1].test(pathname)) return refuse(404);
      if (headers['content-type'] !== 'application/json') return refuse(415);
      const comment = routes.read(JSON.parse(body) as Json);
      if (!comment) return refuse(400);
      taken.push(comment);
      return ok({}, routes.created);
    },
  };
}

const slice = <T>(all: readonly T[], start: number, size = 2): readonly T[] => all.slice(start, start + size);
const comment = (text: unknown, isPrivate: boolean) =>
  typeof text === 'string' && text !== '' ? { text, isPrivate } : undefined;

/** Jira Service Management: `public` must be said. */
export const jiraServiceDesk = (authorization: string, key: string): CommentStandIn =>
  standIn(authorization, {
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
export const jiraIssue = (authorization: string, key: string): CommentStandIn =>
  standIn(authorization, {
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

/** Zendesk: a comment is public when nothing is said. */
export const zendesk = (authorization: string, id: string): CommentStandIn =>
  standIn(authorization, {
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

/** Freshservice: HTML, and public unless `private`. */
export const freshservice = (authorization: string, id: string): CommentStandIn =>
  standIn(authorization, {
    list: new RegExp(`^/api/v2/tickets/${id}/conversations$`),
    post: ['POST', new RegExp(`^/api/v2/tickets/${id}/notes$`)],
    read: ({ body, private: isPrivate }) => comment(body, isPrivate === true),
    show: (taken, query) => ({
      conversations: slice(taken, (Number(query.get('page')) - 1) * 2).map(({ text }) => ({ body: text })),
    }),
    created: 201,
  });

/** ServiceNow: journal fields; `comments` is what the requester sees. */
export const servicenow = (authorization: string, path: string): CommentStandIn =>
  standIn(authorization, {
    list: new RegExp(`^/api/now/table/${path}$`),
    post: ['PATCH', new RegExp(`^/api/now/table/${path}$`)],
    read: ({ work_notes, comments }) => comment(work_notes ?? comments, comments === undefined),
    show: (taken, query) => ({
      result:
        query.get('sysparm_display_value') === 'true'
          ? {
              [query.get('sysparm_fields')!]: taken
                .map(({ text }) => `2026-11-23 09:00:00 - GDPR\n${text}`)
                .join('\n\n'),
            }
          : {},
    }),
    created: 200,
  });
