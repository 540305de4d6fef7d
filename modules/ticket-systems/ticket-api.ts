import * as z from 'zod';
import type { ConnectionRules } from '../net/https-agent.ts';
import { type GuardedAnswer, type GuardedCall, guardedCall } from '../net/json-call.ts';
import { TicketSystemError, TicketUnclearError } from './errors.ts';
import type { Ticket } from './ticket.ts';

export interface TicketApiAccess {
  /** Origin of its API. */
  readonly url: string;
  /** Value of the header of that name; fetched at each call, so that a rotated secret works at once. */
  readonly authorization: () => Promise<string>;
  readonly rules: ConnectionRules;
}

/** Calls the API of one ticketing system. @param body sent as JSON @throws a network error */
export async function callTickets(
  { url, authorization, rules }: TicketApiAccess,
  { method, path, body, signal }: Pick<GuardedCall, 'method' | 'signal'> & { path: string; body?: unknown },
): Promise<GuardedAnswer> {
  const headers = {
    accept: 'application/json',
    authorization: await authorization(),
    'user-agent': 'nexthink-gdpr',
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const text = body === undefined ? undefined : JSON.stringify(body);
  return guardedCall({ method, url: new URL(path, url), headers, body: text, signal }, rules);
}

/** Gets JSON. @returns nothing for 404 @throws {TicketSystemError} or a network error */
export type GetJson = <T>(path: string, answer: z.ZodType<T>, signal: AbortSignal) => Promise<T | undefined>;

export const ticketApi =
  (access: TicketApiAccess): GetJson =>
  async (path, schema, signal) => {
    const { status, retryAfter, body } = await callTickets(access, { method: 'GET', path, signal });
    if (status === 404) return undefined;
    if (status !== 200) throw new TicketSystemError(`answered with HTTP ${status}`, retryAfter);
    const parsed = schema.safeParse(jsonOf(body));
    if (!parsed.success) throw new TicketSystemError('did not answer as documented');
    return parsed.data;
  };

/** Half a character, as a text has that was cut, cannot be asked for; it becomes U+FFFD, which no name may have. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value) => (typeof value === 'string' ? value.toWellFormed() : value));
  } catch {
    return undefined;
  }
}

export const Id = z.int().transform(String);

/** What vendors that count their tickets show of one alike. */
export const NumberedTicket = z.object({
  id: Id,
  group_id: Id.nullish(),
  requester_id: Id,
  created_at: z.string().optional(),
});

interface SeenTicket extends Pick<Ticket, 'key' | 'queue' | 'fields'> {
  /** Those that are not there are left out. */
  readonly people: readonly (string | null | undefined)[];
  /** In the vendor's format; what is not a time is left out. */
  readonly created: string | undefined;
  readonly approval: Ticket['approval'] | undefined;
}

export function ticketOf({ people, created = '', approval, ...shown }: SeenTicket): Ticket {
  const at = new Date(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(created) ? `${created.replace(' ', 'T')}Z` : created);
  return {
    ...shown,
    requesterIds: people.flatMap((id) => id || []),
    ...(!Number.isNaN(at.getTime()) && { createdAt: at.toISOString() }),
    ...(approval && { approval }),
  };
}

/** A webhook has named the ticket, so it may appear later, once the account may see it. */
export const notThere = (): TicketUnclearError =>
  new TicketUnclearError('does not exist, or the account may not see it');

const MAX_PAGES = 100;
/** @throws {TicketUnclearError} a ticket has a longer history than is read @param page from 1 */
export function refusePage(page: number): void {
  if (page > MAX_PAGES) throw new TicketUnclearError('has a longer history than is read');
}

/** An approved ticket without a person who approved it cannot be judged. */
export const nobodyApproved = (): TicketUnclearError =>
  new TicketUnclearError('is approved, but its history names no approver');
