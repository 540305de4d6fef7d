import middy from '@middy/core';
import { pause } from '../../modules/common/adapters/sleep.ts';
import { type RerunMissingPorts, rerunMissing } from '../../modules/schedules/rerun-missing.ts';
import type { RerunPolicy } from '../../modules/schedules/settings.ts';
import { clock, log } from '../wiring/basics.ts';
import { executions } from '../wiring/executions.ts';
import { vault } from '../wiring/keys.ts';
import { fresh } from '../wiring/lazy.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { leases, openRequests, requests } from '../wiring/tables.ts';

/** Schedule: queries the sources that archives miss again. */
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
