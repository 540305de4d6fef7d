import * as z from 'zod';
import { SettingsId } from '../common/shapes.ts';
import { Trust } from '../net/trust.ts';

/** An address that gets a Standard Webhook for every event. */
const OutboundWebhook = z.strictObject({
  id: SettingsId,
  /** Only `https`, unless `allowLoopback`. */
  url: z.url({ protocol: /^https?$/ }),
  trust: Trust.default({ mode: 'ca' }),
  /** Id of the secret `{secrets}`; its name starts with the stage and `/webhooks`. */
  secretId: z.string().min(1),
});

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
