import middy from '@middy/core';
import type { LifecyclePolicy } from '../../modules/lifecycle/policy.ts';
import { type ProcessTicketsPorts, processTickets } from '../../modules/tickets/process-tickets.ts';
import { settings } from '../wiring/documents.ts';
import { fresh } from '../wiring/lazy.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { startPorts } from '../wiring/start-ports.ts';
import { deliveries, outbox } from '../wiring/tables.ts';
import { ticketConnections } from '../wiring/ticket-connections.ts';

/** Schedule: starts the Requests of the tickets that webhooks have named. */
export const createHandler = (policy: LifecyclePolicy, ports: ProcessTicketsPorts) =>
  middy<object, { readonly done: number }>().handler((_event, _context, { signal }) =>
    processTickets(policy, ports, signal),
  );

export const handler = fresh(async () => {
  const [{ policy, outside }, given] = await Promise.all([nexthink(), settings()]);
  const tickets = { deliveries: deliveries(), connectionOf: ticketConnections(given), outbox: outbox() };
  return {
    handler: createHandler(policy, { ...startPorts(), ...outside, ...tickets, random: Math.random }),
    close: outside.engineApi.close,
  };
});
