import { pause } from '../../modules/common/adapters/sleep.ts';
import { PrepareEnginesEvent, prepareEngines } from '../../modules/engines/prepare-engines.ts';
import { task } from '../http/parse.ts';
import { clock, log } from '../wiring/environment.ts';
import { vault } from '../wiring/keys.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { headers, parts } from '../wiring/objects.ts';
import { leases, requests } from '../wiring/tables.ts';

/** Task `Prepare Engines` of retrieve.asl.json. */
export const handler = withNexthink(({ outside }) => {
  const stores = { requests: requests(), vault: vault(), parts: parts(), leases: leases(), headers: headers() };
  const ports = { ...outside, ...stores, clock, log, pause };
  return task(PrepareEnginesEvent, (event, signal) => prepareEngines(event, ports, signal));
});
