import type { Ticket } from '../ticket-systems/ticket.ts';
import type { Intake } from './settings.ts';

/** Why a ticket starts no Request: codes, which comments show. */
export type TicketRefusal =
  | 'other-queue'
  | 'not-approved'
  | 'approver-not-authorised'
  | 'approver-is-requester'
  | 'fields-not-valid'
  | 'anonymization-not-allowed'
  | 'given-up';

/** Which queues count, and who may approve; ids as the vendor writes them. */
type TicketRules = Pick<Intake, 'queues' | 'approvers'>;

/** Refusals that are not reported: every change of a ticket sends a webhook. */
const SILENT: readonly TicketRefusal[] = ['other-queue', 'not-approved'];

export const isSilent = (refusal: TicketRefusal): boolean => SILENT.includes(refusal);

/** Why a ticket starts no Request now (R20); `undefined` when it may. */
export function refusalOf(
  { queue, approval, requesterIds }: Ticket,
  { queues, approvers }: TicketRules,
): TicketRefusal | undefined {
  if (!queues.includes(queue)) return 'other-queue';
  if (!approval) return 'not-approved';
  if (requesterIds.includes(approval.approverId)) return 'approver-is-requester';
  const isAuthorised =
    approvers.users.includes(approval.approverId) ||
    approval.approverGroups.some((group) => approvers.groups.includes(group));
  return isAuthorised ? undefined : 'approver-not-authorised';
}
