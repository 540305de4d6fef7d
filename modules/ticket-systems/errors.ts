import { type ErrorTable, errorOf } from '../common/errors.ts';

/** A webhook is not genuine, is too old, or names no connection. All get the same answer (R20). */
export class SignatureRefusedError extends errorOf('SignatureRefusedError', () => ({
  message: 'The signature or its time is wrong, or the connection does not exist',
})) {}

/** A ticketing system did not answer as documented; worth another try. @param retryAfter seconds to wait */
export class TicketSystemError extends errorOf('TicketSystemError', (what: string, retryAfter?: number) => ({
  message: `The ticketing system ${what}`,
  retryAfter,
  retryable: true,
})) {}

/** One ticket cannot be read or judged: worth another try, and the others go on. @param what completes `The ticket` */
export class TicketUnclearError extends errorOf('TicketUnclearError', (what: string) => ({
  message: `The ticket ${what}`,
  retryable: true,
})) {}

export const TICKET_SYSTEM_ERRORS = {
  SignatureRefusedError: { problem: { status: 401, title: 'The webhook is not accepted' } },
} as const satisfies ErrorTable;
