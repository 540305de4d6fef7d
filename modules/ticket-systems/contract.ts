import type * as z from 'zod';
import type { SignatureScheme } from './signature.ts';

/** The step that approved a ticket. */
export interface TicketApproval {
  /** The vendor's id of the approval; another approval has another id. */
  readonly id: string;
  readonly approverId: string;
  /** Groups that the approver is in. */
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

/** Gets JSON. @returns nothing for 404 @throws {TicketSystemError} or a network error */
export type GetJson = <T>(path: string, answer: z.ZodType<T>, signal: AbortSignal) => Promise<T | undefined>;

/** Reads tickets from their system: of a webhook only the key is trusted. */
export interface TicketReader {
  /**
   * @throws {TicketUnclearError} it does not exist, or is approved and its history names no approver
   * @throws {TicketSystemError} or a network error
   */
  read(key: string, signal: AbortSignal): Promise<Ticket>;
}

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
  /** Position of the list's first page. */
  readonly first: number;
  /** Path of one page of the list. */
  page(key: string, at: number): string;
  /** Position of the next page; nothing after the last one. @param answer the JSON of this page */
  next(answer: unknown, at: number): number | undefined;
}

type Values<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/**
 * A kind of ticketing system, as the rest of the system sees it. Its file is `vendors/<name>.ts`, its line is in `vendors.ts`;
 * settings, wiring and the shared contract test walk that list.
 */
export interface TicketVendor<
  Connection extends z.ZodRawShape = z.ZodRawShape,
  Intake extends z.ZodRawShape = z.ZodRawShape,
> {
  /** Settings of a connection that only this vendor has. */
  readonly connection: Connection;
  /** Settings of a connection's `intake` that only this vendor has. */
  readonly intake: Intake;
  /** Form of a ticket's key: a key becomes part of an address, so nothing else passes. */
  readonly ticketKey: RegExp;
  /** How its webhooks are signed, unless the connection says `"signedBy": "standard"`. */
  readonly signature: SignatureScheme;
  /** Reads tickets with their approval. */
  reader(getJson: GetJson, connection: Values<Connection>, intake: Values<Intake>): TicketReader;
  /** Adds comments that the requester does not see. */
  comments(connection: Values<Connection>): CommentApi;
}

/** Declares a vendor: its settings give the types of what `reader` and `comments` receive. */
export const ticketVendor = <Connection extends z.ZodRawShape, Intake extends z.ZodRawShape>(
  vendor: TicketVendor<Connection, Intake>,
): TicketVendor => vendor;
