import middy from '@middy/core';
import type { LifecyclePolicy } from '../../modules/lifecycle/policy.ts';
import { type WorkTicketsPorts, workTickets } from '../../modules/tickets/process-tickets.ts';

/** By its schedule: Requests of the tickets that webhooks have told of. */
export const createHandler = (policy: LifecyclePolicy, ports: WorkTicketsPorts) =>
  middy<object, { readonly done: number }>().handler((_event, _context, { signal }) =>
    workTickets(policy, ports, signal),
  );
