import type { Ticket } from '../../modules/ticket-systems/ticket.ts';
import type { Deliveries, TicketDelivery, TicketStart } from '../../modules/tickets/deliveries.ts';
import type { ProcessTicketsPorts, TicketConnection } from '../../modules/tickets/process-tickets.ts';
import { startPorts } from './start-ports.ts';

export const SERVICE_ACCOUNT = { username: 'svc-gdpr', password: 'open sesame' };

/** A ticket that counts. */
export const aTicket = (facts: Partial<Ticket> = {}): Ticket => ({
  key: 'GDPR-7',
  queue: 'GDPR',
  requesterIds: ['rita'],
  fields: { name: 'jdoe' },
  approval: { id: '100', approverId: 'dora', approverGroups: [] },
  ...facts,
});

/** A connection whose tickets are what a test says. */
export const aConnection = (
  readTicket: TicketConnection['readTicket'],
  facts: Partial<TicketConnection> = {},
): TicketConnection => ({
  readTicket,
  queues: ['GDPR'],
  approvers: { users: ['dora'], groups: [] },
  mapping: { name: 'name', subjectKind: 'user', kind: 'retrieve', sources: ['engine', 'portal'] },
  login: 'service-account',
  anonymize: 'refused',
  recipients: ['dpo-1'],
  ...facts,
});

/** What working off tickets needs, with stores in memory but for those that a test gives. */
export const workPorts = (
  given: Pick<ProcessTicketsPorts, 'deliveries' | 'connectionOf'> & Partial<ProcessTicketsPorts>,
): ProcessTicketsPorts & { readonly reported: string[] } => {
  const reported: string[] = [];
  return {
    ...startPorts(SERVICE_ACCOUNT.password),
    serviceAccount: async () => SERVICE_ACCOUNT,
    newId: () => crypto.randomUUID(),
    random: () => 0.5,
    reported,
    outbox: {
      async write({ noticeId, reason }) {
        reported.push(`${noticeId} ${reason}`);
      },
    },
    ...given,
  };
};

/** Deliveries in memory, under the rules of the real ones. */
export function memoryDeliveries(): Deliveries & { readonly outcomes: Map<string, string> } {
  const items = new Map<string, TicketDelivery & { due: number }>();
  const requests = new Map<string, { start: TicketStart; until: number }>();
  const outcomes = new Map<string, string>();
  const keyOf = ({ connectionId, deliveryId }: Pick<TicketDelivery, 'connectionId' | 'deliveryId'>) =>
    `${connectionId}/${deliveryId}`;
  const change = (delivery: TicketDelivery, facts: { tries?: number; due?: number }): boolean => {
    const present = items.get(keyOf(delivery));
    if (!present || present.tries !== delivery.tries) return false;
    items.set(keyOf(delivery), { ...present, ...facts });
    return true;
  };
  return {
    outcomes,
    async accept(delivery) {
      if (items.has(keyOf(delivery)) || outcomes.has(keyOf(delivery))) return false;
      items.set(keyOf(delivery), { ...delivery, tries: 0, due: Date.parse(delivery.receivedAt) });
      return true;
    },
    async *due(now) {
      for (const { due, ...delivery } of [...items.values()]) if (due <= now.getTime()) yield delivery;
    },
    claim: async (delivery, until) => change(delivery, { tries: delivery.tries + 1, due: until.getTime() }),
    async postpone(delivery, until) {
      change(delivery, { due: until.getTime() });
    },
    async done(delivery, outcome) {
      if (change(delivery, {})) outcomes.set(keyOf(delivery), outcome);
      items.delete(keyOf(delivery));
    },
    async startOf({ connectionId, key, approvalId }, first, now, until) {
      const name = `${connectionId}/${key}/${approvalId}`;
      const present = requests.get(name);
      if (present && present.until >= now.getTime()) return undefined;
      const start = present?.start ?? { ...first, starts: 1 };
      requests.set(name, { start, until: until.getTime() });
      return start;
    },
    async replaceRequest({ connectionId, key, approvalId }, from, requestId) {
      const present = requests.get(`${connectionId}/${key}/${approvalId}`);
      if (present?.start.requestId !== from.requestId) return false;
      present.start = { ...from, requestId, starts: from.starts + 1 };
      return true;
    },
  };
}
