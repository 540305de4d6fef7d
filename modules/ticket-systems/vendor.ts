import type * as z from 'zod';
import type { SignatureScheme } from './signature.ts';
import type { CommentApi, ReadTicket } from './ticket.ts';
import type { GetJson } from './ticket-api.ts';

type Values<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/** A kind of ticketing system: a folder beside this file and a line in `vendors.ts`, which settings, wiring and tests walk. */
export interface TicketVendor<
  Connection extends z.ZodRawShape = z.ZodRawShape,
  Intake extends z.ZodRawShape = z.ZodRawShape,
> {
  /** Settings of a connection that only this vendor has. */
  readonly connection: Connection;
  readonly intake: Intake;
  /** Form of a ticket's key: a key becomes part of an address, so nothing else passes. */
  readonly ticketKey: RegExp;
  /** How its webhooks are signed, unless the connection says `"signedBy": "standard"`. */
  readonly signature: SignatureScheme;
  reader(getJson: GetJson, connection: Values<Connection>, intake: Values<Intake>): ReadTicket;
  comments(connection: Values<Connection>): CommentApi;
}

/** Declares a vendor: its settings give the types of what `reader` and `comments` receive. */
export const ticketVendor = <Connection extends z.ZodRawShape, Intake extends z.ZodRawShape>(
  vendor: TicketVendor<Connection, Intake>,
): TicketVendor => vendor;
