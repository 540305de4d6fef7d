import { createHash } from 'node:crypto';
import { jsonOf, SCHEMES, type SchemeName, type SignatureScheme } from './signatures.ts';
import type { TicketWebhooks } from './signed-call.ts';

const AHEAD_MS = 60_000;

/** How tickets are called, by vendor: a key is put into addresses, and must be one. */
const KEYS = {
  jira: /^[A-Z][A-Z0-9_]{1,30}-\d{1,12}$/,
  zendesk: /^\d{1,20}$/,
  freshservice: /^\d{1,20}$/,
  servicenow: /^[0-9a-f]{32}$/,
} as const;

/**
 * The webhooks of one connection.
 * @param secrets one, or two while the sender changes from one to the other; asked for at each call
 */
export function ticketWebhooks(
  vendor: keyof typeof KEYS,
  signedBy: SchemeName,
  secrets: () => Promise<readonly string[]>,
): TicketWebhooks {
  const scheme: SignatureScheme = SCHEMES[signedBy];
  return {
    async isGenuine(call, now) {
      const given = await secrets();
      const signed = given.map((secret) => secret !== '' && scheme.isSigned(call, secret, now)).includes(true);
      return signed && isFresh(scheme.sentAt?.(call), scheme.longestAgeMs, now);
    },
    read(call) {
      const key = String(scheme.ticketOf(jsonOf(call)) ?? '');
      const event = `${signedBy}\n${scheme.eventId(call)}`;
      const deliveryId = createHash('sha256').update(event).digest('hex');
      return KEYS[vendor].test(key) ? { deliveryId, ticketKey: key } : undefined;
    },
  };
}

/** What has no time of its own is kept from being replayed by the approval, which leads to one Request. */
function isFresh(sentAt: number | undefined, longestAgeMs = 0, now: Date): boolean {
  if (sentAt === undefined) return true;
  const ageMs = now.getTime() - sentAt;
  return ageMs <= longestAgeMs && ageMs >= -AHEAD_MS;
}
