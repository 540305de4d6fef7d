import { freshHttp } from '../http/http.ts';
import { callers, clock, executions, leases, log, pause, requests, subjects, vault } from '../wiring/dependencies.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => {
  const { policy, outside } = await nexthink();
  const stores = {
    requests: requests(),
    subjects: subjects(),
    leases: leases(),
    vault: vault(),
    executions: executions(),
  };
  return {
    handler: createHandler(policy, { callers: callers(), ...outside, ...stores, clock, pause, log }),
    close: outside.engineApi.close,
  };
});
