/** One webhook of a ticketing system that was accepted; nothing personal (R24). */
export interface TicketDelivery {
  readonly connectionId: string;
  /** Hash of the id that the vendor gives to each event, the same in every try. */
  readonly deliveryId: string;
  readonly ticketKey: string;
  /** ISO 8601 UTC. */
  readonly receivedAt: string;
  /** How often it was taken up. */
  readonly tries: number;
}

/** A ticket that was approved, which is to lead to one Request. */
export interface ApprovedTicket {
  readonly connectionId: string;
  readonly key: string;
  /** Id of the approval. */
  readonly approvalId: string;
}

/** The Request that an approved ticket has led to, and the delivery that it was started for. */
export interface TicketStart {
  readonly requestId: string;
  readonly deliveryId: string;
  /** How many Requests there were, which never ran but for the last. */
  readonly starts: number;
}

/** A try that was not finished by then died with its function. */
const MAX_TRY_MS = 5 * 60_000;

/** Until when a try that begins now keeps others from the same. */
export const triesUntil = (now: Date): Date => new Date(now.getTime() + MAX_TRY_MS);

/** Accepted webhooks until each is worked off, and which Request an approved ticket has led to (DynamoDB `requests`). */
export interface Deliveries {
  /** Accepts one, which is due from then on. A repeat is harmless. @returns false when it was accepted before */
  accept(delivery: Omit<TicketDelivery, 'tries'>): Promise<boolean>;
  /** Those whose time has come, oldest first; the list may lag behind by a moment. */
  due(now: Date): AsyncIterable<TicketDelivery>;
  /** Takes one up, for as long as a try may last; then others may. @returns false when another has */
  takeUp(delivery: TicketDelivery, until: Date): Promise<boolean>;
  postpone(delivery: TicketDelivery, until: Date): Promise<void>;
  /** @param outcome `started`, or a reason code */
  done(delivery: TicketDelivery, outcome: string): Promise<void>;
  /**
   * The start of an approved ticket, for who may see to it now.
   * @param first taken when there is none yet
   * @param now, until so long nobody else may
   * @returns nothing while another does
   */
  startOf(
    ticket: ApprovedTicket,
    first: Omit<TicketStart, 'starts'>,
    now: Date,
    until: Date,
  ): Promise<TicketStart | undefined>;
  /** Puts another Request in the place of one that never ran. @returns false when it is no longer the ticket's */
  replaceRequest(ticket: ApprovedTicket, from: TicketStart, requestId: string): Promise<boolean>;
}
