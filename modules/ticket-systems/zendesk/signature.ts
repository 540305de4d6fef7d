import { HOUR_MS, hashOf, hmac, isEqual, nested, type SignatureScheme, WebhookSecret } from '../signature.ts';

// A header that came twice is one header with a comma inside: the pattern refuses it.
const BASE64 = /^[A-Za-z0-9+/]+=*$/;

/** Webhooks of Zendesk: the time is signed first, then the body, with nothing between. */
export const zendeskSignature: SignatureScheme = {
  name: 'zendesk',
  secret: WebhookSecret,
  isSigned({ headers, body }, secret) {
    const given = headers['x-zendesk-webhook-signature'] ?? '';
    if (!BASE64.test(given)) return false;
    const time = headers['x-zendesk-webhook-signature-timestamp'] ?? '';
    return isEqual(Buffer.from(given, 'base64'), hmac(secret, time, body));
  },
  sentAt: ({ headers }) => Date.parse(headers['x-zendesk-webhook-signature-timestamp'] ?? ''),
  maxAgeMs: HOUR_MS,
  eventId: ({ headers, body }) => headers['x-zendesk-webhook-invocation-id'] ?? hashOf(body).toString('hex'),
  ticketOf: ({ ticket_id: id, detail }) => id ?? nested(detail, 'id'),
};
