import { fresh } from '../http/parse.ts';
import { clock, leases, log, parts, pause, requests, vault } from '../wiring/dependencies.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const { limits, engineApi, ...rest } = await nexthink();
  const { neutralizeFormulas } = limits;
  const ports = {
    ...rest,
    engineApi,
    neutralizeFormulas,
    requests: requests(),
    vault: vault(),
    parts: parts(),
    leases: leases(),
    pause,
  };
  return { handler: createHandler({ ...ports, clock, log }), close: engineApi.close };
});
