/** One call as it came. */
export interface AskedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** What a peer says to the calls that follow; `silence`: nothing, ever. */
export type PeerAnswer =
  | 'silence'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** A ticket as its stand-in keeps it; `history`: who set it to which approval state, oldest first. */
export interface StandInTicket {
  readonly key: string;
  readonly queue: string;
  readonly requester: string;
  /** When it was written, ISO 8601; a day of the past when absent. */
  readonly createdAt?: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly history: readonly { readonly id: string; readonly by: string; readonly to: string }[];
}

/** What a vendor's API says of tickets, groups by user; what it does not know it refuses. */
export type TicketStandIn = (call: AskedCall) => PeerAnswer;

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

export type Json = Record<string, unknown>;
const ok = (body: unknown, status = 200): PeerAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const refuse = (status: number): PeerAnswer => ({ status, body: '{}' });

/** Answers by the first route that fits; the caller must show the right account and ask for JSON. */
export const ticketStandIn =
  (authorization: string, routes: readonly [RegExp, (found: readonly string[], query: URLSearchParams) => unknown][]) =>
  ({ method, path, headers, body }: AskedCall): PeerAnswer => {
    if (headers.authorization !== authorization || headers.accept !== 'application/json') return refuse(401);
    const { pathname, searchParams } = new URL(path, 'http://stand-in');
    if (method !== 'GET' || body !== '') return refuse(405);
    for (const [route, show] of routes) {
      const found = route.exec(pathname);
      const shown = found && show(found.slice(1), searchParams);
      if (shown) return ok(shown);
    }
    return refuse(404);
  };

export type Groups = Readonly<Record<string, readonly string[]>>;
export type Tickets = readonly StandInTicket[];
export const find = (tickets: Tickets, key: string | undefined) => tickets.find((ticket) => ticket.key === key);

/** Keeps the comments of one ticket, after those that are there; answers to callers that show the right account and ask for JSON. */
export function commentStandIn(
  authorization: string,
  routes: {
    readonly list: RegExp;
    readonly post: readonly [method: string, path: RegExp];
    readonly read: (body: Json) => TakenComment | undefined;
    readonly show: (taken: readonly TakenComment[], query: URLSearchParams) => unknown;
    readonly created: number;
  },
  taken: TakenComment[] = [],
): CommentStandIn {
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

/** A page of a list: two of them, whatever is asked for. */
export const slice = <T>(all: readonly T[], start: number, size = 2): readonly T[] => all.slice(start, start + size);
export const comment = (text: unknown, isPrivate: boolean) =>
  typeof text === 'string' && text !== '' ? { text, isPrivate } : undefined;
