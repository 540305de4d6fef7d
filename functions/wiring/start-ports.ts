import { pause } from '../../modules/common/adapters/sleep.ts';
import { clock, log, newId, newKey } from './environment.ts';
import { executions } from './executions.ts';
import { macs, vault } from './keys.ts';
import { leases, requests, subjects } from './tables.ts';

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
