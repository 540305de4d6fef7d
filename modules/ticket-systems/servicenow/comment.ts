import { type CommentApi, plainText } from '../comment.ts';

/**
 * Work notes of ServiceNow, which the requester does not see. All of them come as one text, with the rights that the ticket itself
 * needs. Source: docs/tickets.md.
 * @param table of the tickets, such as `sc_req_item`
 */
export const servicenowComments = (table: string): CommentApi => {
  const path = (key: string) => `/api/now/table/${encodeURIComponent(table)}/${encodeURIComponent(key)}`;
  return {
    post: (key, parts) => ({ method: 'PATCH', path: path(key), body: { work_notes: plainText(parts) } }),
    first: 0,
    page: (key) => `${path(key)}?sysparm_fields=work_notes&sysparm_display_value=true`,
    next: () => undefined,
  };
};
