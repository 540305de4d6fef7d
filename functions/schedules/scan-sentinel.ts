import { portalNames } from '../../modules/portal/search/list-names.ts';
import { scanSentinel } from '../../modules/schedules/scan-sentinel.ts';
import { environment } from '../wiring/environment.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { portalMapping, portalRole } from '../wiring/portal.ts';
import { schedule } from '../wiring/schedule.ts';
import { startPorts } from '../wiring/start-ports.ts';
import { suppression } from '../wiring/tables.ts';

/** Schedule: looks for anonymized names that came back. */
export const handler = withNexthink(({ limits, policy, outside }) => {
  const { PORTAL_READ_SECRET_ID, MAC_KEY_ID } = environment();
  const ports = {
    ...startPorts(),
    ...outside,
    ledger: suppression(),
    portalNames: portalNames(portalRole(PORTAL_READ_SECRET_ID), portalMapping),
    generation: MAC_KEY_ID,
  };
  return schedule('scan-sentinel', (signal) => scanSentinel({ ...policy, sentinel: limits.sentinel }, ports, signal));
});
