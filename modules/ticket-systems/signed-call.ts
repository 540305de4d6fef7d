/** A webhook as it came. */
export interface SignedCall {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Not parsed: what was signed. */
  readonly body: Buffer;
}

/** How the webhooks of one ticketing system are checked and read. */
export interface TicketWebhooks {
  /** Whether who knows one of the secrets has sent it, and lately. */
  isGenuine(call: SignedCall, now: Date): Promise<boolean>;
  /** Hash of the id of the event, and key of its ticket; nothing when it names none. */
  read(call: SignedCall): { readonly deliveryId: string; readonly ticketKey: string } | undefined;
}
