import * as z from 'zod';
import { standardWebhooks } from '../signature.ts';
import { type CommentApi, plainText, type ReadTicket, type TicketApproval } from '../ticket.ts';
import { type GetJson, nobodyApproved, notThere, ticketOf } from '../ticket-api.ts';
import { ticketVendor } from '../vendor.ts';

const TableAnswer = z.object({ result: z.record(z.string(), z.unknown()) });
const Approvals = z.object({ result: z.array(z.object({ sys_id: z.string(), approver: z.string() })) });
const Members = z.object({ result: z.array(z.object({ group: z.string() })) });
const SYS_ID = /^[0-9a-f]{32}$/;

/** Approved: `approval` says so, by the last who approved. Source: Table API; `sysapproval_approver`, `sys_user_grmember`. */
function servicenowReader(getJson: GetJson, table: string): ReadTicket {
  const list = (of: string, query: string, fields: string) =>
    `/api/now/table/${of}?sysparm_exclude_reference_link=true&sysparm_query=${encodeURIComponent(query)}&sysparm_fields=${fields}`;
  const approvalOf = async (key: string, signal: AbortSignal): Promise<TicketApproval> => {
    const query = `sysapproval=${key}^state=approved^ORDERBYDESCsys_updated_on`;
    const path = `${list('sysapproval_approver', query, 'sys_id,approver')}&sysparm_limit=1`;
    const newest = (await getJson(path, Approvals, signal))?.result[0];
    if (!newest || !SYS_ID.test(newest.approver)) throw nobodyApproved();
    const groups = await getJson(list('sys_user_grmember', `user=${newest.approver}`, 'group'), Members, signal);
    return {
      id: newest.sys_id,
      approverId: newest.approver,
      approverGroups: (groups?.result ?? []).map(({ group }) => group),
    };
  };
  return async (key, signal) => {
    const path = `/api/now/table/${table}/${key}?sysparm_exclude_reference_link=true`;
    const answer = await getJson(path, TableAnswer, signal);
    if (answer?.result.sys_id !== key) throw notThere();
    const text = (field: string) => (typeof answer.result[field] === 'string' ? (answer.result[field] as string) : '');
    const approval = text('approval') === 'approved' ? await approvalOf(key, signal) : undefined;
    const people = ['opened_by', 'requested_for', 'caller_id'].map(text);
    const [queue, created] = [text('assignment_group'), text('sys_created_on')];
    return ticketOf({ key, queue, people, fields: answer.result, created, approval });
  };
}

/** Work notes, which the requester does not see. All come back as one text. Source: Table API, journal fields. */
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
