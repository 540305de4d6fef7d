import { pause } from '../../modules/common/adapters/sleep.ts';
import { newId, newKey } from './environment.ts';
import { executions } from './executions.ts';
import { macs, sealedPorts } from './keys.ts';
import { leases, subjects } from './tables.ts';

/** What starting or resuming a Request needs, besides the Portal and the Engines. */
export const startPorts = () => {
  const stores = { subjects: subjects(), leases: leases() };
  return { ...sealedPorts(), ...stores, executions: executions(), macs: macs(), pause, newId, newKey };
};
