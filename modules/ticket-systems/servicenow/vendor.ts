import * as z from 'zod';
import { standardWebhooks } from '../standard-webhooks.ts';
import { ticketVendor } from '../vendor.ts';
import { servicenowComments } from './comment.ts';
import { servicenowReader } from './read-ticket.ts';

/** ServiceNow, whose webhooks come from our script (docs/servicenow-webhook.js). */
export const servicenow = ticketVendor({
  /** `table`: of the tickets, such as `sc_req_item`. */
  connection: { table: z.string().regex(/^[a-z0-9_]{1,80}$/, 'the name of a table') },
  intake: {},
  ticketKey: /^[0-9a-f]{32}$/,
  signature: standardWebhooks,
  reader: (getJson, { table }) => servicenowReader(getJson, table),
  comments: ({ table }) => servicenowComments(table),
});
