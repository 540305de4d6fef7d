import type {
  CommentStandIn,
  Groups,
  StandInTicket,
  TicketStandIn,
  Tickets,
} from '../../../local/ticket-system/vendor-api.ts';
import type { SignedCall } from '../../../modules/ticket-systems/signature.ts';

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

/** Whether a ticket is approved now. */
export const approved = ({ history }: StandInTicket) => history.at(-1)?.to === 'Approved';

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
