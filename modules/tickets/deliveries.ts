/** One accepted webhook of a ticketing system. It holds nothing personal (R24). */
export interface TicketDelivery {
  readonly connectionId: string;
  /** Hash of the id that the vendor gives to each event, the same in every try. */
  readonly deliveryId: string;
  readonly ticketKey: string;
  /** ISO 8601 UTC. */
  readonly receivedAt: string;
  readonly tries: number;
}

/** An approved ticket, which starts one Request. */
export type ApprovedTicket = { readonly connectionId: string; readonly key: string; readonly approvalId: string };

/** The Request of an approved ticket, and the delivery that it was started for. */
export interface TicketStart {
  readonly requestId: string;
  readonly deliveryId: string;
  /** Number of Requests so far; all before the last one never ran. */
  readonly starts: number;
}

/** Accepted webhooks until each is processed, and the Request of each approved ticket (DynamoDB `requests`). */
export interface Deliveries {
  /** Accepts a delivery, which is due from then on. A repeat is harmless. @returns false when it was accepted before */
  accept(delivery: Omit<TicketDelivery, 'tries'>): Promise<boolean>;
  /** Deliveries that are due, oldest first; the list may lag behind by a moment. */
  due(now: Date): AsyncIterable<TicketDelivery>;
  /** Claims a delivery for as long as a try may last. @returns false when another worker has claimed it */
  claim(delivery: TicketDelivery, until: Date): Promise<boolean>;
  postpone(delivery: TicketDelivery, until: Date): Promise<void>;
  /** @param outcome `started`, or a reason code */
  done(delivery: TicketDelivery, outcome: string): Promise<void>;
  /** Claims the start of an approved ticket. @param first stored when it has none yet @returns nothing while another one claims it */
  startOf(
    ticket: ApprovedTicket,
    first: Omit<TicketStart, 'starts'>,
    now: Date,
    until: Date,
  ): Promise<TicketStart | undefined>;
  /** Replaces a Request that never ran by another. @returns false when it is no longer the ticket's Request */
  replaceRequest(ticket: ApprovedTicket, from: TicketStart, requestId: string): Promise<boolean>;
}
