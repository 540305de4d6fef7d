import type { SignedCall } from '../../../modules/ticket-systems/signature.ts';
import type { AskedCall, PeerAnswer } from '../plain-peer.ts';

/** A ticket as its stand-in keeps it; `history`: who set it to which approval state, oldest first. */
export interface StandInTicket {
  readonly key: string;
  readonly queue: string;
  readonly requester: string;
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

/** How a vendor signs its webhooks. */
export interface SignatureStandIn {
  /** A genuine webhook about the stand-in's ticket. @param id of the event */
  sign(at: Date, secret: string, id: string): SignedCall;
  /** Header that proves who sent it. */
  readonly header: string;
  /** A secret such as a connection may have; another one each time. */
  newSecret(): string;
  /** False for a sender that only shows a secret. */
  readonly signsBody: boolean;
  /** False for a sender whose events cannot be told apart. */
  readonly hasEventIds: boolean;
  /** Minutes from now at which it is signed, and whether it is accepted then. */
  readonly ages: readonly (readonly [minutes: number, isAccepted: boolean])[];
}

/** All that a test needs to know of one vendor: what stands for its service, and what is called how there. */
export interface VendorStandIn {
  /** Kinds of connections to it: its own settings, and the comments of its ticket under them. */
  readonly connections: readonly {
    readonly settings: Readonly<Record<string, unknown>>;
    readonly comments: (authorization: string, key: string) => CommentStandIn;
  }[];
  /** Its own settings of `intake`, for tickets that are approved as `Approved`. */
  readonly intake: Readonly<Record<string, unknown>>;
  readonly tickets: (authorization: string, tickets: Tickets, groups: Groups) => TicketStandIn;
  readonly key: string;
  /** Texts that are no key of a ticket there. */
  readonly noKeys: readonly string[];
  readonly ids: Readonly<Record<'requester' | 'approver' | 'group' | 'queue', string>>;
  /** A field that holds a name. */
  readonly field: string;
  /** The vendor's id of the nth approval. */
  idOf(nth: string): string;
  /** False where each approval stands for itself, and no history tells who approved. */
  readonly keepsHistory: boolean;
  /** A text as its comments hold it. */
  written(text: string): string;
  readonly signature: SignatureStandIn;
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
export const approved = ({ history }: StandInTicket) => history.at(-1)?.to === 'Approved';

/** Keeps the comments of one ticket; answers to callers that show the right account and ask for JSON. */
export function commentStandIn(
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

/** A page of a list: two of them, whatever is asked for. */
export const slice = <T>(all: readonly T[], start: number, size = 2): readonly T[] => all.slice(start, start + size);
export const comment = (text: unknown, isPrivate: boolean) =>
  typeof text === 'string' && text !== '' ? { text, isPrivate } : undefined;

/** Ids and keys of vendors that count them. */
export const numbered = {
  ids: { requester: '11', approver: '22', group: '33', queue: '44' },
  idOf: (nth: string) => nth,
  noKeys: ['../users', '12a', '-1', ''],
};
/** Comments in plain text. */
export const asItIs = (text: string): string => text;

/** A webhook with this body. */
export const signedCall = (body: string | Buffer, headers: SignedCall['headers']): SignedCall => ({
  headers,
  body: Buffer.from(body),
});
