import middy from '@middy/core';
import { pause } from '../../modules/common/adapters/sleep.ts';
import {
  PrepareEnginesEvent,
  type PrepareEnginesPorts,
  prepareEngines,
} from '../../modules/engines/prepare-engines.ts';
import { validateEvent } from '../http/parse.ts';
import { clock, log } from '../wiring/environment.ts';
import { vault } from '../wiring/keys.ts';
import { fresh } from '../wiring/lazy.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { headers, parts } from '../wiring/objects.ts';
import { leases, requests } from '../wiring/tables.ts';

/** Task `Prepare Engines` of retrieve.asl.json. */
export const createHandler = (ports: PrepareEnginesPorts) =>
  middy<PrepareEnginesEvent, readonly string[]>()
    .use(validateEvent(PrepareEnginesEvent))
    .handler((event, _context, { signal }) => prepareEngines(event, ports, signal));

export const handler = fresh(async () => {
  const { outside } = await nexthink();
  const stores = { requests: requests(), vault: vault(), parts: parts(), leases: leases(), headers: headers() };
  return { handler: createHandler({ ...outside, ...stores, clock, log, pause }), close: outside.engineApi.close };
});
