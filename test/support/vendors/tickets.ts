import type { AskedCall, PeerAnswer } from '../plain-peer.ts';

/** A ticket as its stand-in keeps it; `history`: who set it to which approval state, oldest first. */
export interface StandInTicket {
  readonly key: string;
  readonly queue: string;
  readonly requester: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly history: readonly { readonly id: string; readonly by: string; readonly to: string }[];
}

/** What a vendor's API says of tickets, groups by user; what it does not know it refuses. */
export type TicketStandIn = (call: AskedCall) => PeerAnswer;

const ok = (body: unknown): PeerAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const refuse = (status: number): PeerAnswer => ({ status, body: '{}' });

/** Answers by the first route that fits, to who shows the right account and asks for JSON. */
const standIn =
  (authorization: string, routes: readonly [RegExp, (found: readonly string[], query: URLSearchParams) => unknown][]) =>
  ({ method, path, headers, body }: AskedCall): PeerAnswer => {
    if (headers.authorization !== authorization || headers.accept !== 'application/json') return refuse(401);
    const { pathname, searchParams } = new URL(path, 'http://stand-in');
    if (method !== 'GET' || body !== '') return refuse(405);
    for (const [route, show] of routes) {
      const found = route.exec(pathname);
      const shown = found && show(found.slice(1), searchParams);
      if (shown) return ok(shown);
    }
    return refuse(404);
  };

type Groups = Readonly<Record<string, readonly string[]>>;
type Tickets = readonly StandInTicket[];
const find = (tickets: Tickets, key: string | undefined) => tickets.find((ticket) => ticket.key === key);
const approved = ({ history }: StandInTicket) => history.at(-1)?.to === 'Approved';

/** Jira Cloud; a page of the changelog has two changes. */
export const jiraTickets = (authorization: string, tickets: Tickets, groups: Groups): TicketStandIn =>
  standIn(authorization, [
    [
      /^\/rest\/api\/3\/issue\/([^/]+)$/,
      ([key], query) => {
        const ticket = query.get('fields') === '*all' && find(tickets, key);
        if (!ticket) return undefined;
        const person = { accountId: ticket.requester };
        const status = { name: ticket.history.at(-1)?.to ?? 'Open' };
        const fixed = { project: { key: ticket.queue }, status, reporter: person, creator: person };
        return { key, fields: { ...ticket.fields, ...fixed, created: '2026-11-20T09:00:00.000+0100' } };
      },
    ],
    [
      /^\/rest\/api\/3\/issue\/([^/]+)\/changelog$/,
      ([key], query) => {
        const history = find(tickets, key)?.history ?? [];
        const startAt = Number(query.get('startAt'));
        const change = ({ id, by, to }: StandInTicket['history'][number]) => ({
          id,
          author: { accountId: by },
          items: [
            { field: 'labels', toString: 'Approved' },
            { field: 'status', toString: to },
          ],
        });
        return { startAt, total: history.length, values: history.slice(startAt, startAt + 2).map(change) };
      },
    ],
    [
      /^\/rest\/api\/3\/user\/groups$/,
      (_found, query) => (groups[query.get('accountId')!] ?? []).map((name) => ({ name })),
    ],
  ]);

/** Zendesk: approval is the drop-down 77. */
export const zendeskTickets = (authorization: string, tickets: Tickets, groups: Groups): TicketStandIn =>
  standIn(authorization, [
    [
      /^\/api\/v2\/tickets\/(\d+)\.json$/,
      ([key]) => {
        const ticket = find(tickets, key);
        const fields = ticket && { ...ticket.fields, 77: ticket.history.at(-1)?.to ?? null };
        return (
          ticket && {
            ticket: {
              id: Number(key),
              group_id: Number(ticket.queue),
              created_at: '2026-11-20T08:00:00Z',
              requester_id: Number(ticket.requester),
              submitter_id: Number(ticket.requester),
              custom_fields: Object.entries(fields!).map(([id, value]) => ({ id: Number(id), value })),
            },
          }
        );
      },
    ],
    [
      /^\/api\/v2\/tickets\/(\d+)\/audits\.json$/,
      ([key], query) => {
        const history = find(tickets, key)?.history ?? [];
        const page = Number(query.get('page'));
        const audits = history.slice((page - 1) * 2, page * 2).map(({ id, by, to }) => ({
          id: Number(id),
          author_id: Number(by),
          events: [
            { type: 'Comment', body: 'Approved' },
            { type: 'Change', field_name: '77', value: to },
          ],
        }));
        return { audits, next_page: page * 2 < history.length ? 'https://elsewhere.example.com/' : null };
      },
    ],
    [
      /^\/api\/v2\/users\/(\d+)\/group_memberships\.json$/,
      ([user]) => ({ group_memberships: (groups[user!] ?? []).map((id) => ({ group_id: Number(id) })) }),
    ],
  ]);

/** Freshservice: each change is an approval of its own; a page has two. */
export const freshserviceTickets = (authorization: string, tickets: Tickets, groups: Groups): TicketStandIn =>
  standIn(authorization, [
    [
      /^\/api\/v2\/tickets\/(\d+)$/,
      ([key]) => {
        const ticket = find(tickets, key);
        const ids = ticket && { group_id: Number(ticket.queue), requester_id: Number(ticket.requester) };
        return (
          ids && {
            ticket: { id: Number(key), ...ids, created_at: '2026-11-20T08:00:00Z', custom_fields: ticket.fields },
          }
        );
      },
    ],
    [
      /^\/api\/v2\/tickets\/(\d+)\/approvals$/,
      ([key], query) => {
        const approvals = (find(tickets, key)?.history ?? []).map(({ id, by, to }, at) => ({
          id: Number(id),
          approver_id: Number(by),
          updated_at: `2026-11-2${at}T08:00:00Z`,
          approval_status: { id: 1, name: to.toLowerCase() },
        }));
        const page = Number(query.get('page') ?? 1);
        return { approvals: approvals.slice((page - 1) * 2, page * 2) };
      },
    ],
    [/^\/api\/v2\/agents\/(\d+)$/, ([id]) => groups[id!] && { agent: { id, member_of: groups[id!]!.map(Number) } }],
  ]);

/** ServiceNow's Table API. */
export const servicenowTickets = (authorization: string, tickets: Tickets, groups: Groups): TicketStandIn =>
  standIn(authorization, [
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
