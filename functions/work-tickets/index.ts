import { fresh } from '../http/parse.ts';
import {
  clock,
  deliveries,
  executions,
  leases,
  log,
  macs,
  newId,
  newKey,
  outbox,
  pause,
  requests,
  settings,
  subjects,
  vault,
} from '../wiring/dependencies.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { ticketConnections } from '../wiring/ticket-connections.ts';
import { createHandler } from './handler.ts';

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
