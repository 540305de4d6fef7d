/** Step by which a ticket became approved. */
export interface TicketApproval {
  /** The vendor's id of it: another approval has another one. */
  readonly id: string;
  readonly approverId: string;
  /** Groups that the approver is in. */
  readonly approverGroups: readonly string[];
}

/** A ticket as its system shows it now. */
export interface Ticket {
  readonly key: string;
  /** Project, group or queue that it is in. */
  readonly queue: string;
  /** Who asked, and on whose behalf. */
  readonly requesterIds: readonly string[];
  /** When it was opened, ISO 8601. */
  readonly createdAt?: string;
  /** Absent when it is not approved now. */
  readonly approval?: TicketApproval;
  /** Its fields, custom ones too, by the vendor's name or id. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reads tickets from the system that they are in: what a webhook says beside the key is not believed. */
export interface TicketReader {
  /**
   * @throws {TicketUnclearError} it is not there, or is approved and its history does not say by whom
   * @throws {TicketSystemError} or what the network throws
   */
  read(key: string, signal: AbortSignal): Promise<Ticket>;
}
