import type { LifecyclePolicy } from '../../modules/lifecycle/policy.ts';
import { type ProcessTicketsPorts, processTickets } from '../../modules/tickets/process-tickets.ts';
import { schedule } from '../http/parse.ts';
import { settings } from '../wiring/documents.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { startPorts } from '../wiring/start-ports.ts';
import { deliveries, outbox } from '../wiring/tables.ts';
import { ticketConnections } from '../wiring/ticket-connections.ts';

/** Schedule: starts the Requests of the tickets that webhooks have named. */
export const createHandler = (policy: LifecyclePolicy, ports: ProcessTicketsPorts) =>
  schedule((signal) => processTickets(policy, ports, signal));

export const handler = withNexthink(async ({ policy, outside }) => {
  const tickets = { deliveries: deliveries(), connectionOf: ticketConnections(await settings()), outbox: outbox() };
  return createHandler(policy, { ...startPorts(), ...outside, ...tickets, random: Math.random });
});
