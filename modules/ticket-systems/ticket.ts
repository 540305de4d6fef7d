export interface TicketApproval {
  /** The vendor's id of the approval; another approval has another id. */
  readonly id: string;
  readonly approverId: string;
  readonly approverGroups: readonly string[];
}

/** A ticket as its system shows it now. */
export interface Ticket {
  readonly key: string;
  /** Project, group or queue of the ticket. */
  readonly queue: string;
  /** The requester, and the person on whose behalf it was opened. */
  readonly requesterIds: readonly string[];
  /** When it was opened, ISO 8601. */
  readonly createdAt?: string;
  /** Absent when the ticket is not approved now. */
  readonly approval?: TicketApproval;
  /** All fields, custom ones too, by the vendor's name or id. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reads a ticket from its system: of a webhook only the key is trusted. @throws {TicketUnclearError | TicketSystemError} or of the network */
export type ReadTicket = (key: string, signal: AbortSignal) => Promise<Ticket>;

/** A comment in parts; each vendor lays them out in its own format. */
export interface CommentParts {
  readonly text: string;
  /** The console's page of the Request. */
  readonly link?: string;
  readonly marker: string;
}

export const plainText = ({ text, link, marker }: CommentParts): string =>
  [text, ...(link === undefined ? [] : [link]), marker].join('\n\n');

/** How one vendor keeps the comments of a ticket: what to send, and how to page through the list. Paths begin with `/`. */
export interface CommentApi {
  /** Adds a comment that the requester does not see. */
  post(
    key: string,
    parts: CommentParts,
  ): { readonly method: 'POST' | 'PUT' | 'PATCH'; readonly path: string; readonly body: unknown };
  readonly first: number;
  page(key: string, at: number): string;
  /** Position of the next page; nothing after the last one. @param answer the JSON of this page */
  next(answer: unknown, at: number): number | undefined;
}
