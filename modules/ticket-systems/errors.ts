import { type ErrorTable, GdprError } from '../common/errors.ts';

/** A webhook is not genuine, is too old, or names no connection. All get the same answer (R20). */
export class SignatureRefusedError extends GdprError {
  override readonly name = 'SignatureRefusedError';
  readonly retryable = false;
  constructor() {
    super('The signature or its time is wrong, or the connection does not exist');
  }
}

/** A ticketing system did not answer as documented; worth another try. */
export class TicketSystemError extends GdprError {
  override readonly name = 'TicketSystemError';
  readonly retryable = true;
  override readonly retryAfter: number | undefined;
  /** @param retryAfter seconds to wait, as the system asked */
  constructor(what: string, retryAfter?: number) {
    super(`The ticketing system ${what}`);
    this.retryAfter = retryAfter;
  }
}

/** One ticket cannot be read or judged, though its system answers: worth another try, and the other tickets go on. */
export class TicketUnclearError extends GdprError {
  override readonly name = 'TicketUnclearError';
  readonly retryable = true;
  /** @param what completes `The ticket` */
  constructor(what: string) {
    super(`The ticket ${what}`);
  }
}

/** What each error of this room means to a caller and to a source. */
export const TICKET_SYSTEM_ERRORS = {
  SignatureRefusedError: { problem: { status: 401, title: 'The webhook is not accepted' } },
  TicketSystemError: {},
  TicketUnclearError: {},
} as const satisfies ErrorTable;
