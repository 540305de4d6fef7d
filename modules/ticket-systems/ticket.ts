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

/** Reads tickets from their system: of a webhook only the key is trusted. */
export interface TicketReader {
  /** @throws {TicketUnclearError | TicketSystemError} or a network error */
  read(key: string, signal: AbortSignal): Promise<Ticket>;
}
