import { clock, executions, leases, log, openRequests, pause, requests, vault } from '../shared/dependencies.ts';
import { fresh } from '../shared/middleware.ts';
import { nexthink } from '../shared/nexthink.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const { limits, ...outside } = await nexthink();
  const stores = { requests: requests(), leases: leases(), vault: vault(), executions: executions() };
  const ports = { ...outside, ...stores, openRequests: openRequests(), clock, pause, log };
  return { handler: createHandler({ ...ports, policy: limits.reruns }), close: outside.engineApi.close };
});
