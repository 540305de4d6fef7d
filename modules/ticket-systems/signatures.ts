import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { SignedCall } from './signed-call.ts';

/** How one kind of sender proves who it is. Source: docs/tickets.md */
export interface SignatureScheme {
  /** Whether the holder of the secret has sent it. */
  isSigned(call: SignedCall, secret: string, now: Date): boolean;
  /** When it was sent, where that is signed; `NaN` when that is not told as it should be. Milliseconds since 1970. */
  sentAt?(call: SignedCall): number;
  /** How old it may be, milliseconds; only with `sentAt`. */
  readonly longestAgeMs?: number;
  /** What tells one event from another, the same in every try of it where the vendor has such an id. */
  eventId(call: SignedCall): string;
  /** The ticket that the body names. */
  ticketOf(body: Record<string, unknown>): unknown;
}

const HOUR_MS = 3_600_000;
// Headers that came twice are one with a comma between: neither of these lets it pass.
const BASE64 = /^[A-Za-z0-9+/]+=*$/;
const STANDARD = /^v\w+,[A-Za-z0-9+/]+=*( v\w+,[A-Za-z0-9+/]+=*)*$/;
const hmac = (secret: string, ...data: (string | Buffer)[]): Buffer =>
  data.reduce((mac, each) => mac.update(each), createHmac('sha256', secret)).digest();
/** Compares without telling by its time where they differ. */
const isEqual = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
const hashOf = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
const nested = (value: unknown, field: string): unknown => (value as Record<string, unknown> | undefined)?.[field];

/** The body as a JSON object; empty when it is none. */
export function jsonOf({ body }: SignedCall): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export const SCHEMES = {
  /** Admin webhooks of Jira Cloud. No other method than SHA-256; the time stands in the signed body, retries last for hours. */
  jira: {
    isSigned({ headers, body }, secret) {
      const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(headers['x-hub-signature'] ?? '') ?? [];
      return hex !== undefined && isEqual(Buffer.from(hex, 'hex'), hmac(secret, body));
    },
    sentAt: (call) => Number(jsonOf(call).timestamp ?? Number.NaN),
    longestAgeMs: 24 * HOUR_MS,
    eventId: ({ headers, body }) => headers['x-atlassian-webhook-identifier'] ?? hashOf(body).toString('hex'),
    ticketOf: ({ issue }) => nested(issue, 'key'),
  },
  /** Zendesk: the time comes first, then the body, with nothing between. */
  zendesk: {
    isSigned({ headers, body }, secret) {
      const given = headers['x-zendesk-webhook-signature'] ?? '';
      if (!BASE64.test(given)) return false;
      return isEqual(
        Buffer.from(given, 'base64'),
        hmac(secret, headers['x-zendesk-webhook-signature-timestamp'] ?? '', body),
      );
    },
    sentAt: ({ headers }) => Date.parse(headers['x-zendesk-webhook-signature-timestamp'] ?? ''),
    longestAgeMs: HOUR_MS,
    eventId: ({ headers, body }) => headers['x-zendesk-webhook-invocation-id'] ?? hashOf(body).toString('hex'),
    ticketOf: ({ ticket_id: id, detail }) => id ?? nested(detail, 'id'),
  },
  /** Freshservice signs nothing: a secret in a header of its own. */
  freshservice: {
    isSigned: ({ headers }, secret) => isEqual(hashOf(headers['x-gdpr-secret'] ?? ''), hashOf(secret)),
    // Nothing tells its events apart, and an approval may look like the change before it: each counts.
    eventId: () => crypto.randomUUID(),
    ticketOf: ({ ticket_id: id }) => id,
  },
  /** Standard Webhooks 1.0.0, also for scripts of ServiceNow (docs/servicenow-webhook.js). */
  standard: {
    isSigned({ headers, body }, secret) {
      if (!STANDARD.test(headers['webhook-signature'] ?? '')) return false;
      try {
        new Webhook(secret).verify(body, headers as Record<string, string>, { jsonParse: false });
        return true;
      } catch {
        return false;
      }
    },
    eventId: ({ headers }) => headers['webhook-id'] ?? '',
    ticketOf: ({ data }) => nested(data, 'key'),
  },
} as const satisfies Record<string, SignatureScheme>;
export type SchemeName = keyof typeof SCHEMES;
