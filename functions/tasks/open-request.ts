import { openRequest, reopenRequest } from '../../modules/engines/open-request.ts';
import { Attempt } from '../../modules/requests/state-machine.ts';
import { task } from '../http/parse.ts';
import { clock, log } from '../wiring/environment.ts';
import { vault } from '../wiring/keys.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { parts } from '../wiring/objects.ts';
import { requests } from '../wiring/tables.ts';

/** Task `Open Request` of both state machines. */
export const handler = withNexthink(({ limits, outside }) => {
  const ports = {
    ...outside,
    neutralizeFormulas: limits.neutralizeFormulas,
    requests: requests(),
    vault: vault(),
    parts: parts(),
    clock,
    log,
  };
  return task(Attempt, (event, signal) =>
    event.attempt === 1 ? openRequest(event, ports, signal) : reopenRequest(event, ports, signal),
  );
});
