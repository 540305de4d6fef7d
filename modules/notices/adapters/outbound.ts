import { Webhook } from 'standardwebhooks';
import type { ConnectionRules } from '../../net/https-agent.ts';
import { type GuardedAnswer, guardedBytes } from '../../net/json-call.ts';
import type { CommentApi } from '../../ticket-systems/ticket.ts';
import { callTickets, type TicketApiAccess } from '../../ticket-systems/ticket-api.ts';
import type { Channel, Delivery } from '../message.ts';
import { commentOf } from '../notice.ts';

interface WebhookReceiver {
  readonly url: string;
  /** `whsec_...`: one, or two while the receiver changes from one to the other. */
  readonly secrets: () => Promise<readonly string[]>;
  readonly rules: ConnectionRules;
}

/** Sends the id, state and times of a Request, under the same id in every try. Source: Standard Webhooks 1.0.0 (410: no more). */
export const outboundWebhook =
  ({ url, secrets, rules }: WebhookReceiver): Channel =>
  async ({ noticeId, event, at, about }, _again, signal) => {
    const now = rules.now();
    const { requestId, state, attempt, dueAt } = about ?? {};
    const data = { requestId, state, attempt, dueAt };
    const body = JSON.stringify({ type: `gdpr.request.${event}`, timestamp: at, data });
    const signatures = (await secrets()).map((secret) => new Webhook(secret).sign(noticeId, now, body));
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'nexthink-gdpr',
      'webhook-id': noticeId,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    };
    const call = { method: 'POST', url: new URL(url), headers, body, signal } as const;
    const { status, retryAfter } = await guardedBytes(call, rules);
    if (status >= 200 && status < 300) return { kind: 'sent' };
    if (status === 410) return { kind: 'gone' };
    return { kind: 'later', error: `HTTP ${status}`, busy: true, ...(retryAfter !== undefined && { retryAfter }) };
  };

type CommentedTickets = TicketApiAccess & { readonly comments: CommentApi; readonly consoleUrl: string | undefined };

const MAX_PAGES = 100;
/** Statuses about this ticket or text, not about our account: other tickets may still be reached. */
const ABOUT_ONE_TICKET = [404, 405, 409, 410];
const NEVER_ACCEPTED = [400, 413, 415, 422];

/** Reports to one ticket by private comments. When an earlier try may have arrived, its marker is searched first. */
export function ticketChannel(tickets: CommentedTickets, key: string): Channel {
  const { comments, consoleUrl } = tickets;

  /** @returns how the try ends, when it ends without a post */
  const find = async (noticeId: string, signal: AbortSignal): Promise<Delivery | undefined> => {
    let at: number | undefined = comments.first;
    for (let pages = 0; at !== undefined && pages < MAX_PAGES; pages += 1) {
      const answer = await callTickets(tickets, { method: 'GET', path: comments.page(key, at), signal });
      if (!isGood(answer)) return failure(answer);
      if (mentions(answer.body, noticeId)) return { kind: 'sent' };
      at = comments.next(JSON.parse(answer.body), at);
    }
    return undefined;
  };

  return async (notice, again, signal) => {
    const found = again ? await find(notice.noticeId, signal) : undefined;
    if (found) return found;
    const post = comments.post(key, commentOf(notice, consoleUrl));
    const answer = await callTickets(tickets, { ...post, signal });
    return isGood(answer) ? { kind: 'sent' } : failure(answer);
  };
}

const isGood = ({ status }: GuardedAnswer): boolean => status >= 200 && status < 300;

function failure({ status, retryAfter }: GuardedAnswer): Delivery {
  const error = `HTTP ${status}`;
  if (NEVER_ACCEPTED.includes(status)) return { kind: 'refused', error };
  const busy = !ABOUT_ONE_TICKET.includes(status);
  return { kind: 'later', error, busy, ...(retryAfter !== undefined && { retryAfter }) };
}

/** Whether a text holds the id of a notice, and not a longer id that begins with it. */
export const mentions = (text: string, noticeId: string): boolean =>
  text
    .split(noticeId)
    .slice(1)
    .some((rest) => !/^\d/.test(rest));
