import { createHash } from 'node:crypto';
import { jsonOf, type SignatureScheme, standardWebhooks, type TicketWebhooks } from './signature.ts';
import type { TicketVendor } from './vendor.ts';

/** The sender's clock may be ahead of ours by this much. */
const MAX_AHEAD_MS = 60_000;

export const signatureOf = (vendor: TicketVendor, signedBy: 'vendor' | 'standard'): SignatureScheme =>
  signedBy === 'standard' ? standardWebhooks : vendor.signature;

/** The webhooks of one connection. @param secrets one, or two while the sender changes; fetched at each call */
export const ticketWebhooks = (
  { ticketKey }: Pick<TicketVendor, 'ticketKey'>,
  scheme: SignatureScheme,
  secrets: () => Promise<readonly string[]>,
): TicketWebhooks => ({
  async isGenuine(call, now) {
    const given = await secrets();
    const signed = given.map((secret) => secret !== '' && scheme.isSigned(call, secret)).includes(true);
    return signed && isFresh(scheme.sentAt?.(call), scheme.maxAgeMs, now);
  },
  read(call) {
    const named = scheme.ticketOf(jsonOf(call));
    const key = typeof named === 'object' ? '' : String(named);
    const event = `${scheme.name}\n${scheme.eventId(call)}`;
    const deliveryId = createHash('sha256').update(event).digest('hex');
    return ticketKey.test(key) ? { deliveryId, ticketKey: key } : undefined;
  },
});

/** A call without a time may be replayed. That has no effect, because one approval starts one Request. */
function isFresh(sentAt: number | undefined, maxAgeMs = 0, now: Date): boolean {
  if (sentAt === undefined) return true;
  const ageMs = now.getTime() - sentAt;
  return ageMs <= maxAgeMs && ageMs >= -MAX_AHEAD_MS;
}
