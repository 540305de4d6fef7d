/** A webhook as it came. */
export interface SignedCall {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Not parsed: these bytes were signed. */
  readonly body: Buffer;
}

/** How the webhooks of one ticketing system are checked and read. */
export interface TicketWebhooks {
  /** Whether it is recent and signed with one of the secrets. */
  isGenuine(call: SignedCall, now: Date): Promise<boolean>;
  /** Hash of the event's id, and the ticket's key; nothing when the call names no ticket. */
  read(call: SignedCall): { readonly deliveryId: string; readonly ticketKey: string } | undefined;
}

/** The body as a JSON object; empty when it is none. */
export function jsonOf({ body }: SignedCall): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
