import { rerunMissing } from '../../modules/schedules/rerun-missing.ts';
import { schedule } from '../http/parse.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { startPorts } from '../wiring/start-ports.ts';
import { openRequests } from '../wiring/tables.ts';

/** Schedule: queries the sources that archives miss again. */
export const handler = withNexthink(({ limits, outside }) => {
  const ports = { ...startPorts(), ...outside, openRequests: openRequests() };
  return schedule((signal) => rerunMissing({ ...limits.reruns, account: limits.account }, ports, signal));
});
