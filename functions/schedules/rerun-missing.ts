import middy from '@middy/core';
import { type RerunMissingPorts, rerunMissing } from '../../modules/schedules/rerun-missing.ts';
import type { RerunPolicy } from '../../modules/schedules/settings.ts';
import { clock, executions, leases, log, openRequests, pause, requests, vault } from '../wiring/dependencies.ts';
import { fresh } from '../wiring/lazy.ts';
import { nexthink } from '../wiring/nexthink.ts';

/** By its schedule: asks what unfinished archives miss again. */
export const createHandler = (policy: RerunPolicy, ports: RerunMissingPorts) =>
  middy<object, { readonly rerun: number }>().handler((_event, _context, { signal }) =>
    rerunMissing(policy, ports, signal),
  );

export const handler = fresh(async () => {
  const { limits, outside } = await nexthink();
  const stores = { requests: requests(), leases: leases(), vault: vault(), executions: executions() };
  const ports = { ...outside, ...stores, openRequests: openRequests(), clock, pause, log };
  return { handler: createHandler(limits.reruns, ports), close: outside.engineApi.close };
});
