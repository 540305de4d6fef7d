import middy from '@middy/core';
import { type OpenRequestPorts, openRequest } from '../../modules/engines/open-request.ts';
import { reopenRequest } from '../../modules/engines/reopen-request.ts';
import { Attempt } from '../../modules/requests/state-machine.ts';
import { validateEvent } from '../http/parse.ts';
import { clock, log } from '../wiring/environment.ts';
import { vault } from '../wiring/keys.ts';
import { fresh } from '../wiring/lazy.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { parts } from '../wiring/objects.ts';
import { requests } from '../wiring/tables.ts';

/** Task `Open Request` of both state machines. */
export const createHandler = (ports: OpenRequestPorts) =>
  middy<Attempt, { engineIds: string[]; portal: boolean }>()
    .use(validateEvent(Attempt))
    .handler((event, _context, { signal }) =>
      event.attempt === 1 ? openRequest(event, ports, signal) : reopenRequest(event, ports, signal),
    );

export const handler = fresh(async () => {
  const { limits, outside } = await nexthink();
  const ports = {
    ...outside,
    neutralizeFormulas: limits.neutralizeFormulas,
    requests: requests(),
    vault: vault(),
    parts: parts(),
  };
  return { handler: createHandler({ ...ports, clock, log }), close: outside.engineApi.close };
});
