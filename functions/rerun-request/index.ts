import { freshHttp } from '../http/http.ts';
import {
  callers,
  clock,
  executions,
  idempotency,
  leases,
  log,
  macs,
  newId,
  pause,
  requestList,
  requests,
  vault,
} from '../wiring/dependencies.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => {
  const { outside } = await nexthink();
  const once = { callers: callers(), idempotency: idempotency(), macs: macs(), newId };
  const stores = {
    requests: requests(),
    leases: leases(),
    vault: vault(),
    executions: executions(),
    requestList: requestList(),
  };
  return {
    handler: createHandler({ ...outside, ...stores, ...once, clock, pause, log }),
    close: outside.engineApi.close,
  };
});
