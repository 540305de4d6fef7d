import { rerunMissing } from '../../modules/schedules/rerun-missing.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { schedule } from '../wiring/schedule.ts';
import { startPorts } from '../wiring/start-ports.ts';
import { openRequests } from '../wiring/tables.ts';

/** Schedule: queries the sources that archives miss again. */
export const handler = withNexthink(({ limits, outside }) => {
  const ports = { ...startPorts(), ...outside, openRequests: openRequests() };
  return schedule('rerun-missing', (signal) =>
    rerunMissing({ ...limits.reruns, account: limits.account }, ports, signal),
  );
});
