import { fresh } from '../http/parse.ts';
import { clock, executions, leases, log, openRequests, pause, requests, vault } from '../wiring/dependencies.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const { limits, outside } = await nexthink();
  const stores = { requests: requests(), leases: leases(), vault: vault(), executions: executions() };
  const ports = { ...outside, ...stores, openRequests: openRequests(), clock, pause, log };
  return { handler: createHandler(limits.reruns, ports), close: outside.engineApi.close };
});
