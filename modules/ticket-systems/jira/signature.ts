import { HOUR_MS, hashOf, hmac, isEqual, nested, type SignatureScheme, WebhookSecret } from '../signature.ts';
import { jsonOf } from '../signed-call.ts';

/**
 * Admin webhooks of Jira Cloud. No method other than SHA-256 is accepted. The time is in the signed body; retries go on
 * for hours.
 */
export const jiraSignature: SignatureScheme = {
  name: 'jira',
  secret: WebhookSecret,
  isSigned({ headers, body }, secret) {
    const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(headers['x-hub-signature'] ?? '') ?? [];
    return hex !== undefined && isEqual(Buffer.from(hex, 'hex'), hmac(secret, body));
  },
  sentAt: (call) => Number(jsonOf(call).timestamp ?? Number.NaN),
  maxAgeMs: 24 * HOUR_MS,
  eventId: ({ headers, body }) => headers['x-atlassian-webhook-identifier'] ?? hashOf(body).toString('hex'),
  ticketOf: ({ issue }) => nested(issue, 'key'),
};
