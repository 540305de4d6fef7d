import middy from '@middy/core';
import { pause } from '../../modules/common/adapters/sleep.ts';
import type { LifecyclePolicy } from '../../modules/lifecycle/policy.ts';
import { type ProcessTicketsPorts, processTickets } from '../../modules/tickets/process-tickets.ts';
import { clock, log, newId, newKey } from '../wiring/basics.ts';
import { settings } from '../wiring/documents.ts';
import { executions } from '../wiring/executions.ts';
import { macs, vault } from '../wiring/keys.ts';
import { fresh } from '../wiring/lazy.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { deliveries, leases, outbox, requests, subjects } from '../wiring/tables.ts';
import { ticketConnections } from '../wiring/ticket-connections.ts';

/** Schedule: starts the Requests of the tickets that webhooks have named. */
export const createHandler = (policy: LifecyclePolicy, ports: ProcessTicketsPorts) =>
  middy<object, { readonly done: number }>().handler((_event, _context, { signal }) =>
    processTickets(policy, ports, signal),
  );

export const handler = fresh(async () => {
  const [{ policy, outside }, given] = await Promise.all([nexthink(), settings()]);
  const stores = { requests: requests(), leases: leases(), vault: vault(), executions: executions() };
  const tickets = { deliveries: deliveries(), connectionOf: ticketConnections(given), outbox: outbox() };
  return {
    handler: createHandler(policy, {
      ...outside,
      ...stores,
      ...tickets,
      macs: macs(),
      subjects: subjects(),
      random: Math.random,
      clock,
      pause,
      log,
      newId,
      newKey,
    }),
    close: outside.engineApi.close,
  };
});
