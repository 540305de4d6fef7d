import { type CommentApi, plainText } from '../comment.ts';

/**
 * Work notes of ServiceNow, which the requester does not see. All of them come back as one text; the account needs no rights
 * beyond those on the ticket. Source: ServiceNow Table API, journal fields.
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
