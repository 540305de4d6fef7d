import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { type SignatureStandIn, signedCall } from './stand-in.ts';

/** A sender of Standard Webhooks. @param key of the ticket that its webhooks are about */
export const standardSender = (key: string): SignatureStandIn => ({
  sign(at, secret, id) {
    const body = JSON.stringify({ type: 'ticket.approved', data: { key } });
    return signedCall(body, {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    });
  },
  header: 'webhook-signature',
  newSecret: () => `whsec_${randomBytes(32).toString('base64')}`,
  signsBody: true,
  hasEventIds: true,
  ages: [
    [-4, true],
    [-6, false],
    [6, false],
  ],
});
