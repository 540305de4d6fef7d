import { pause } from '../../modules/common/adapters/sleep.ts';
import { callers, clock, log, newId, newKey } from './environment.ts';
import { executions } from './executions.ts';
import { macs, vault } from './keys.ts';
import { idempotency, leases, requestList, requests, subjects } from './tables.ts';

/** What starting or resuming a Request needs, besides the Portal and the Engines. */
export const startPorts = () => ({
  requests: requests(),
  subjects: subjects(),
  leases: leases(),
  vault: vault(),
  executions: executions(),
  macs: macs(),
  clock,
  pause,
  log,
  newId,
  newKey,
});

/** What a call that starts work once needs. @param outside access to Portal and Engines */
export const startOncePorts = <O>(outside: O) => ({
  ...startPorts(),
  ...outside,
  idempotency: idempotency(),
  requestList: requestList(),
  callers: callers(),
});
