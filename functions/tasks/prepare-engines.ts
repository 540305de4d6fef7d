import { pause } from '../../modules/common/adapters/sleep.ts';
import { PrepareEnginesEvent, prepareEngines } from '../../modules/engines/prepare-engines.ts';
import { task } from '../http/parse.ts';
import { sealedPorts } from '../wiring/keys.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { headers, parts } from '../wiring/objects.ts';
import { leases } from '../wiring/tables.ts';

/** Task `Prepare Engines` of retrieve.asl.json. */
export const handler = withNexthink(({ outside }) => {
  const stores = { parts: parts(), leases: leases(), headers: headers() };
  const ports = { ...sealedPorts(), ...outside, ...stores, pause };
  return task(PrepareEnginesEvent, (event, signal) => prepareEngines(event, ports, signal));
});
