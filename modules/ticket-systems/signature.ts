import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';
import { strictText } from '../common/strict-text.ts';

export interface SignedCall {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Not parsed: these bytes were signed. */
  readonly body: Buffer;
}

/** The body as a JSON object; empty when it is none, or not UTF-8. */
export function jsonOf({ body }: SignedCall): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(strictText(body));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** How one kind of sender proves who it is. Source: docs/tickets.md, "By vendor". */
export interface SignatureScheme {
  /** Part of every delivery's id, so it never changes. */
  readonly name: string;
  readonly secret: z.ZodType<string>;
  /** Whether the holder of the secret has sent it. */
  isSigned(call: SignedCall, secret: string): boolean;
  /** When it was sent, where that is signed; `NaN` when the time is missing or malformed. Milliseconds since 1970. */
  sentAt?(call: SignedCall): number;
  /** Maximum age, milliseconds; only with `sentAt`. */
  readonly maxAgeMs?: number;
  /** Id of the event; the same in every try if the vendor sends one. */
  eventId(call: SignedCall): string;
  ticketOf(body: Record<string, unknown>): unknown;
}

export const HOUR_MS = 3_600_000;

export const hmac = (secret: string, ...data: (string | Buffer)[]): Buffer =>
  data.reduce((mac, each) => mac.update(each), createHmac('sha256', secret)).digest();

/** Compares in a time that does not depend on where the bytes differ. */
export const isEqual = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

export const hashOf = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

/** A field of a value that may be no object. */
export const nested = (value: unknown, field: string): unknown =>
  (value as Record<string, unknown> | undefined)?.[field];

/** Example secrets that documentations publish. */
const PUBLISHED = [
  "It's a Secret to Everybody",
  'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==',
  'HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=',
  'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
];

/** Prefix of a secret of Standard Webhooks. */
const WHSEC = /^whsec_/;

export const WebhookSecret = z
  .string()
  .min(16, 'is too short')
  .refine((secret) => !PUBLISHED.includes(secret.replace(WHSEC, '')), 'is published in a documentation');

/** Stored secrets of one connection's webhooks: one, or two while the sender changes from one to the other. */
export const webhookSecrets = ({ secret }: SignatureScheme) => z.object({ secrets: z.array(secret).min(1).max(2) });

// A header that came twice is one header with a comma inside: the pattern refuses it.
const SIGNATURES = /^v\w+,[A-Za-z0-9+/]+=*( v\w+,[A-Za-z0-9+/]+=*)*$/;

/** Standard Webhooks 1.0.0: where a connection says `"signedBy": "standard"`, and of ServiceNow. The library checks the time. */
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

/** The sender's clock may be ahead of ours by this much. */
const MAX_AHEAD_MS = 60_000;

export const signatureOf = (
  { signature }: { readonly signature: SignatureScheme },
  signedBy: 'vendor' | 'standard',
): SignatureScheme => (signedBy === 'standard' ? standardWebhooks : signature);

/** The webhooks of one connection. @param secrets one, or two while the sender changes; fetched at each call */
export const ticketWebhooks = (
  { ticketKey }: { readonly ticketKey: RegExp },
  scheme: SignatureScheme,
  secrets: () => Promise<readonly string[]>,
) => ({
  /** Whether it is recent and signed with one of the secrets. */
  async isGenuine(call: SignedCall, now: Date): Promise<boolean> {
    const given = await secrets();
    const signed = given.map((secret) => secret !== '' && scheme.isSigned(call, secret)).includes(true);
    return signed && isFresh(scheme.sentAt?.(call), scheme.maxAgeMs, now);
  },
  /** Hash of the event's id, and the ticket's key; nothing when the call names no ticket. */
  read(call: SignedCall) {
    const named = scheme.ticketOf(jsonOf(call));
    const key = typeof named === 'object' ? '' : String(named);
    const event = `${scheme.name}\n${scheme.eventId(call)}`;
    const deliveryId = hashOf(event).toString('hex');
    return ticketKey.test(key) ? { deliveryId, ticketKey: key } : undefined;
  },
});

export type TicketWebhooks = ReturnType<typeof ticketWebhooks>;

/** A call without a time may be replayed. That has no effect, because one approval starts one Request. */
function isFresh(sentAt: number | undefined, maxAgeMs = 0, now: Date): boolean {
  if (sentAt === undefined) return true;
  const ageMs = now.getTime() - sentAt;
  return ageMs <= maxAgeMs && ageMs >= -MAX_AHEAD_MS;
}
