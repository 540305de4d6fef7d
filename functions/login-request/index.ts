import { callers, clock, executions, leases, log, pause, requests, subjects, vault } from '../shared/dependencies.ts';
import { freshHttp } from '../shared/http.ts';
import { nexthink } from '../shared/nexthink.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => {
  const { limits, ...outside } = await nexthink();
  const stores = {
    ...{ requests: requests(), subjects: subjects(), leases: leases() },
    ...{ vault: vault(), executions: executions() },
  };
  return {
    handler: createHandler({ callers: callers(), ...outside, ...stores, clock, pause, log, ...limits }),
    close: outside.engineApi.close,
  };
});
