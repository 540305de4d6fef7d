import {
  type CommentStandIn,
  comment,
  commentStandIn,
  find,
  type Groups,
  type TicketStandIn,
  type Tickets,
  ticketStandIn,
} from '../../../local/ticket-system/vendor-api.ts';
import { approved, asItIs, type VendorStandIn } from './stand-in.ts';
import { standardSender } from './standard-sender.ts';

/** ServiceNow's Table API. */
const servicenowTickets = (authorization: string, tickets: Tickets, groups: Groups): TicketStandIn =>
  ticketStandIn(authorization, [
    [
      /^\/api\/now\/table\/sysapproval_approver$/,
      (_found, query) => {
        const [, key] = /^sysapproval=(\w+)\^state=approved\^ORDERBYDESCsys_updated_on$/.exec(
          query.get('sysparm_query')!,
        )!;
        const done = find(tickets, key)?.history.filter(({ to }) => to === 'Approved') ?? [];
        return {
          result: done
            .toReversed()
            .slice(0, 1)
            .map(({ id, by }) => ({ sys_id: id, approver: by })),
        };
      },
    ],
    [
      /^\/api\/now\/table\/sys_user_grmember$/,
      (_found, query) => ({
        result: (groups[query.get('sysparm_query')!.slice('user='.length)] ?? []).map((group) => ({ group })),
      }),
    ],
    [
      /^\/api\/now\/table\/sc_req_item\/(\w+)$/,
      ([key], query) => {
        const ticket = query.get('sysparm_exclude_reference_link') === 'true' && find(tickets, key);
        return (
          ticket && {
            result: {
              ...ticket.fields,
              sys_id: key,
              assignment_group: ticket.queue,
              opened_by: ticket.requester,
              approval: approved(ticket) ? 'approved' : 'requested',
              sys_created_on: '2026-11-20 08:00:00',
            },
          }
        );
      },
    ],
  ]);

/** ServiceNow: journal fields; `comments` is what the requester sees. */
const servicenowComments = (authorization: string, key: string): CommentStandIn =>
  commentStandIn(authorization, {
    list: new RegExp(`^/api/now/table/sc_req_item/${key}$`),
    post: ['PATCH', new RegExp(`^/api/now/table/sc_req_item/${key}$`)],
    read: ({ work_notes, comments }) => comment(work_notes ?? comments, comments === undefined),
    show: (taken, query) => ({
      result:
        query.get('sysparm_display_value') === 'true'
          ? {
              [query.get('sysparm_fields')!]: taken
                .map(({ text }) => `2026-11-23 09:00:00 - GDPR\n${text}`)
                .join('\n\n'),
            }
          : {},
    }),
    created: 200,
  });

const KEY = '7'.repeat(32);

/** ServiceNow. */
export const servicenow: VendorStandIn = {
  connections: [{ settings: { table: 'sc_req_item' }, comments: servicenowComments }],
  intake: {},
  tickets: servicenowTickets,
  key: KEY,
  noKeys: ['x/y', '7', 'G'.repeat(32), ''],
  ids: { requester: '1'.repeat(32), approver: '2'.repeat(32), group: '3'.repeat(32), queue: '4'.repeat(32) },
  field: 'u_employee',
  idOf: (nth) => nth.repeat(32),
  keepsHistory: true,
  written: asItIs,
  signature: standardSender(KEY),
};
