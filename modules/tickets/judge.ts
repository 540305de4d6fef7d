import type { StartRequestBody } from '../requests/start-body.ts';
import type { Ticket } from '../ticket-systems/ticket.ts';
import type { Intake, TicketMapping } from './settings.ts';

/** Why a ticket starts no Request: codes, which comments show. */
export type TicketRefusal =
  | 'other-queue'
  | 'not-approved'
  | 'approver-not-authorised'
  | 'approver-is-requester'
  | 'fields-not-valid'
  | 'anonymization-not-allowed'
  | 'given-up';

/** Refusals that are not reported: every change of a ticket sends a webhook. */
const SILENT: readonly TicketRefusal[] = ['other-queue', 'not-approved'];

export const isSilent = (refusal: TicketRefusal): boolean => SILENT.includes(refusal);

/** Why a ticket starts no Request now (R20); `undefined` when it may. */
export function refusalOf(
  { queue, approval, requesterIds }: Ticket,
  { queues, approvers }: Pick<Intake, 'queues' | 'approvers'>,
) {
  if (!queues.includes(queue)) return 'other-queue';
  if (!approval) return 'not-approved';
  if (requesterIds.includes(approval.approverId)) return 'approver-is-requester';
  const isAuthorised =
    approvers.users.includes(approval.approverId) ||
    approval.approverGroups.some((group) => approvers.groups.includes(group));
  return isAuthorised ? undefined : 'approver-not-authorised';
}

type Choice<T extends string> = T | { readonly field: string; readonly values: { readonly [value: string]: T } };

/** @returns the Request that a ticket asks for; nothing when a field is missing or unknown */
export function startBodyOf({ key, fields, createdAt }: Ticket, mapping: TicketMapping): StartRequestBody | undefined {
  const name = textOf(fields[mapping.name]);
  const subjectKind = chosen(mapping.subjectKind, fields);
  const kind = chosen(mapping.kind, fields);
  if (!name || !subjectKind || !kind) return undefined;
  const common = {
    subject: { kind: subjectKind, name },
    reference: key,
    ...(createdAt !== undefined && { receivedAt: createdAt }),
  };
  return kind === 'retrieve' ? { kind, sources: mapping.sources, ...common } : { kind, irreversible: true, ...common };
}

function chosen<T extends string>(choice: Choice<T>, fields: Ticket['fields']): T | undefined {
  if (typeof choice === 'string') return choice;
  const text = textOf(fields[choice.field]);
  return text !== undefined && Object.hasOwn(choice.values, text) ? choice.values[text] : undefined;
}

/** The text of a field: typed text, or that of a list's option (`value` in Jira, `display_value` in ServiceNow). */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim();
  if (typeof value !== 'object' || value === null) return undefined;
  const { value: option, display_value: shown } = value as { value?: unknown; display_value?: unknown };
  return [shown, option].find((text) => typeof text === 'string')?.trim();
}
