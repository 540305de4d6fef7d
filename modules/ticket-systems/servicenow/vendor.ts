import * as z from 'zod';
import { type CommentApi, plainText } from '../comment.ts';
import { standardWebhooks } from '../signature.ts';
import { ticketVendor } from '../vendor.ts';
import { servicenowReader } from './read-ticket.ts';

/**
 * Work notes of ServiceNow, which the requester does not see. All of them come back as one text; the account needs no rights
 * beyond those on the ticket. Source: ServiceNow Table API, journal fields.
 * @param table of the tickets, such as `sc_req_item`
 */
const servicenowComments = (table: string): CommentApi => {
  const path = (key: string) => `/api/now/table/${encodeURIComponent(table)}/${encodeURIComponent(key)}`;
  return {
    post: (key, parts) => ({ method: 'PATCH', path: path(key), body: { work_notes: plainText(parts) } }),
    first: 0,
    page: (key) => `${path(key)}?sysparm_fields=work_notes&sysparm_display_value=true`,
    next: () => undefined,
  };
};

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
