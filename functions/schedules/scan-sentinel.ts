import middy from '@middy/core';
import { portalNames } from '../../modules/portal/search/list-names.ts';
import { type ScanPolicy, type ScanSentinelPorts, scanSentinel } from '../../modules/schedules/scan-sentinel.ts';
import { environment } from '../wiring/environment.ts';
import { fresh } from '../wiring/lazy.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { portalMapping, portalRole } from '../wiring/portal.ts';
import { startPorts } from '../wiring/start-ports.ts';
import { suppression } from '../wiring/tables.ts';

/** Schedule: looks for anonymized names that came back. */
export const createHandler = (policy: ScanPolicy, ports: ScanSentinelPorts) =>
  middy<object, { readonly scanned: number; readonly found: number }>().handler((_event, _context, { signal }) =>
    scanSentinel(policy, ports, signal),
  );

export const handler = fresh(async () => {
  const [{ limits, policy, outside }, mapping] = await Promise.all([nexthink(), portalMapping()]);
  const { PORTAL_READ_SECRET_ID, MAC_KEY_ID } = environment();
  const ports = {
    ...startPorts(),
    ...outside,
    ledger: suppression(),
    portalNames: portalNames(portalRole(PORTAL_READ_SECRET_ID), mapping),
    generation: MAC_KEY_ID,
  };
  return {
    handler: createHandler({ ...policy, sentinel: limits.sentinel }, ports),
    close: outside.engineApi.close,
  };
});
