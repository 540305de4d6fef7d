import { openRequest, reopenRequest } from '../../modules/engines/open-request.ts';
import { Attempt } from '../../modules/requests/state-machine.ts';
import { task } from '../http/parse.ts';
import { sealedPorts } from '../wiring/keys.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { parts } from '../wiring/objects.ts';

/** Task `Open Request` of both state machines. */
export const handler = withNexthink(({ limits: { neutralizeFormulas }, outside }) => {
  const ports = { ...sealedPorts(), ...outside, neutralizeFormulas, parts: parts() };
  return task(Attempt, (event, signal) =>
    event.attempt === 1 ? openRequest(event, ports, signal) : reopenRequest(event, ports, signal),
  );
});
