import * as z from 'zod';
import type { TicketApproval, TicketReader } from '../../core/tickets/ticket.ts';
import { type Ask, instantOf, notThere } from './ticket-api.ts';

const Id = z.int().transform(String);
const Shown = z.object({
  ticket: z.object({
    id: Id,
    group_id: Id.nullish(),
    requester_id: Id,
    requested_for_id: Id.nullish(),
    created_at: z.string().optional(),
    custom_fields: z.record(z.string(), z.unknown()).nullish(),
  }),
});
const Approvals = z.object({
  approvals: z.array(
    z.object({ id: Id, approver_id: Id, updated_at: z.string(), approval_status: z.object({ name: z.string() }) }),
  ),
});
const Agent = z.object({ agent: z.object({ member_of: z.array(z.int().transform(String)).nullish() }) });

/**
 * Tickets of Freshservice. Approved is one of which every approval that was asked for was given; the last counts.
 * Source: Freshservice API v2, tickets, approvals of a ticket, agents.
 */
export function freshserviceReader(ask: Ask): TicketReader {
  const approvalOf = async (key: string, signal: AbortSignal): Promise<TicketApproval | undefined> => {
    const shown = await ask(`/api/v2/tickets/${key}/approvals`, Approvals, signal);
    if (!shown) throw notThere();
    const { approvals } = shown;
    const isApproved = approvals.every(({ approval_status: { name } }) => name.toLowerCase() === 'approved');
    const newest = approvals.toSorted((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at))[0];
    if (!isApproved || !newest) return undefined;
    const answer = await ask(`/api/v2/agents/${newest.approver_id}`, Agent, signal);
    return { id: newest.id, approverId: newest.approver_id, approverGroups: answer?.agent.member_of ?? [] };
  };
  return {
    async read(key, signal) {
      const answer = await ask(`/api/v2/tickets/${key}`, Shown, signal);
      if (!answer || answer.ticket.id !== key) throw notThere();
      const {
        group_id: queue,
        requester_id: requester,
        requested_for_id: subject,
        created_at: created,
      } = answer.ticket;
      const approval = await approvalOf(key, signal);
      return {
        ...{ key, queue: queue ?? '', requesterIds: [requester, ...(subject ? [subject] : [])] },
        ...{ fields: answer.ticket.custom_fields ?? {}, ...instantOf(created) },
        ...(approval && { approval }),
      };
    },
  };
}
