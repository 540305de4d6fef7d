import { fresh } from '../http/parse.ts';
import { clock, leases, log, parts, pause, requests, vault } from '../wiring/dependencies.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const { limits, outside } = await nexthink();
  const ports = {
    ...outside,
    neutralizeFormulas: limits.neutralizeFormulas,
    requests: requests(),
    vault: vault(),
    parts: parts(),
    leases: leases(),
    pause,
  };
  return { handler: createHandler({ ...ports, clock, log }), close: outside.engineApi.close };
});
