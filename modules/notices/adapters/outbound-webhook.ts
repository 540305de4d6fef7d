import { Webhook } from 'standardwebhooks';
import type { ConnectionRules } from '../../net/https-agent.ts';
import { guardedCall } from '../../net/json-call.ts';
import type { Channel } from '../message.ts';

/** One address that gets every notice. */
interface WebhookReceiver {
  readonly url: string;
  /** `whsec_...`: one, or two while the receiver changes from one to the other. */
  readonly secrets: () => Promise<readonly string[]>;
  readonly rules: ConnectionRules;
}

/**
 * Sends a thin Standard Webhook: the id, state and times of a Request. The id of the webhook is the same in every try.
 * Source: Standard Webhooks 1.0.0 (410 means: no more).
 */
export const outboundWebhook = ({ url, secrets, rules }: WebhookReceiver): Channel => ({
  async deliver({ noticeId, event, at, about }, _again, signal) {
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
    const { status, retryAfter } = await guardedCall(
      { method: 'POST', url: new URL(url), headers, body, signal },
      rules,
    );
    if (status >= 200 && status < 300) return { kind: 'sent' };
    if (status === 410) return { kind: 'gone' };
    return { kind: 'later', error: `HTTP ${status}`, busy: true, ...(retryAfter !== undefined && { retryAfter }) };
  },
});
