import * as z from 'zod';
import { ticketVendor } from '../vendor.ts';
import { zendeskComments } from './comment.ts';
import { zendeskReader } from './read-ticket.ts';
import { zendeskSignature } from './signature.ts';

/** Zendesk Support. */
export const zendesk = ticketVendor({
  connection: {},
  intake: {
    approved: z.strictObject({
      field: z.string().regex(/^\d+$/, 'the id of a custom field'),
      value: z.string().min(1),
    }),
  },
  ticketKey: /^\d{1,20}$/,
  signature: zendeskSignature,
  reader: (getJson, _connection, { approved }) => zendeskReader(getJson, approved),
  comments: () => zendeskComments,
});
