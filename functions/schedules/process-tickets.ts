import { processTickets } from '../../modules/tickets/process-tickets.ts';
import { settings } from '../wiring/documents.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { schedule } from '../wiring/schedule.ts';
import { startPorts } from '../wiring/start-ports.ts';
import { deliveries, outbox } from '../wiring/tables.ts';
import { ticketConnections } from '../wiring/ticket-access.ts';

/** Schedule: starts the Requests of the tickets that webhooks have named. */
export const handler = withNexthink(async ({ policy, outside }) => {
  const tickets = { deliveries: deliveries(), connectionOf: ticketConnections(await settings()), outbox: outbox() };
  const ports = { ...startPorts(), ...outside, ...tickets, random: Math.random };
  return schedule('process-tickets', (signal) => processTickets(policy, ports, signal));
});
