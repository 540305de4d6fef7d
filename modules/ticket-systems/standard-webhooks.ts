import { Webhook } from 'standardwebhooks';
import * as z from 'zod';
import { nested, type SignatureScheme, WebhookSecret, WHSEC } from './signature.ts';

// A header that came twice is one header with a comma inside: the pattern refuses it.
const SIGNATURES = /^v\w+,[A-Za-z0-9+/]+=*( v\w+,[A-Za-z0-9+/]+=*)*$/;

/**
 * Standard Webhooks 1.0.0: for any sender whose connection says `"signedBy": "standard"`, and for scripts of ServiceNow
 * (docs/servicenow-webhook.js). The library checks the time.
 */
export const standardWebhooks: SignatureScheme = {
  name: 'standard',
  secret: WebhookSecret.refine((secret) => {
    const key = secret.replace(WHSEC, '');
    const bytes = Buffer.from(key, 'base64').length;
    return z.base64().safeParse(key).success && bytes >= 24 && bytes <= 64;
  }, 'is not base64 of 24 to 64 bytes'),
  isSigned({ headers, body }, secret) {
    if (!SIGNATURES.test(headers['webhook-signature'] ?? '')) return false;
    try {
      new Webhook(secret).verify(body, headers as Record<string, string>, { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  },
  eventId: ({ headers }) => headers['webhook-id'] ?? '',
  ticketOf: ({ data }) => nested(data, 'key'),
};
