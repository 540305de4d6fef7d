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
  newKey,
  pause,
  requestList,
  requests,
  subjects,
  vault,
} from '../wiring/dependencies.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => {
  const { policy, outside } = await nexthink();
  const stores = { requests: requests(), leases: leases(), vault: vault(), executions: executions() };
  return {
    handler: createHandler(policy, {
      ...outside,
      ...stores,
      callers: callers(),
      idempotency: idempotency(),
      macs: macs(),
      subjects: subjects(),
      requestList: requestList(),
      clock,
      pause,
      log,
      newId,
      newKey,
    }),
    close: outside.engineApi.close,
  };
});
