import { clock, leases, log, parts, pause, requests, vault } from '../shared/dependencies.ts';
import { fresh } from '../shared/middleware.ts';
import { nexthink } from '../shared/nexthink.ts';
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
