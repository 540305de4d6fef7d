import { checkRemovals } from '../../modules/schedules/check-removals.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { schedule } from '../wiring/schedule.ts';
import { startPorts } from '../wiring/start-ports.ts';
import { openRequests } from '../wiring/tables.ts';

/** Schedule: looks whether devices that people remove from the Engines are gone. */
export const handler = withNexthink(({ policy, outside }) => {
  const ports = { ...startPorts(), ...outside, openRequests: openRequests() };
  return schedule('check-removals', () => checkRemovals(policy, ports));
});
