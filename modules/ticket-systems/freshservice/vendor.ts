import { hashOf, isEqual, type SignatureScheme, WebhookSecret } from '../signature.ts';
import { ticketVendor } from '../vendor.ts';
import { freshserviceComments } from './comment.ts';
import { freshserviceReader } from './read-ticket.ts';

/** Freshservice signs nothing: it sends a secret in a header of its own. */
const freshserviceSignature: SignatureScheme = {
  name: 'freshservice',
  secret: WebhookSecret,
  isSigned: ({ headers }, secret) => isEqual(hashOf(headers['x-gdpr-secret'] ?? ''), hashOf(secret)),
  // Its events have no id, and an approval may look like the change before it: each counts.
  eventId: () => crypto.randomUUID(),
  ticketOf: ({ ticket_id: id }) => id,
};

/** Freshservice. */
export const freshservice = ticketVendor({
  connection: {},
  intake: {},
  ticketKey: /^\d{1,20}$/,
  signature: freshserviceSignature,
  reader: (getJson) => freshserviceReader(getJson),
  comments: () => freshserviceComments,
});
