import * as z from 'zod';
import { SettingsId } from '../common/shapes.ts';
import { Peer } from '../net/trust.ts';

/** An address that gets a Standard Webhook for every event; its secret is `{secrets}`, below `/webhooks`. */
const OutboundWebhook = Peer.extend({ id: SettingsId });

/** Receivers of notices, besides the tickets that Requests came from. */
export const OutboundSettings = z.strictObject({
  webhooks: z
    .array(OutboundWebhook)
    .max(20)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two have the same id')
    .default([]),
});

/** Key of Standard Webhooks: 24 to 64 random bytes. */
const WebhookKey = z.string().refine((text) => {
  const bytes = Buffer.from(text.replace(/^whsec_/, ''), 'base64').length;
  return text.startsWith('whsec_') && bytes >= 24 && bytes <= 64;
}, 'is not whsec_ and 24 to 64 bytes in base64');

/** Secret of outbound webhooks: all of them sign, so that a receiver can change from one to the next. */
export const WebhookSecret = z.object({ secrets: z.array(WebhookKey).min(1).max(2) });
