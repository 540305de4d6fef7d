import middy from '@middy/core';
import { pause } from '../../modules/common/adapters/sleep.ts';
import { portalNames } from '../../modules/portal/search/list-names.ts';
import { type ScanPolicy, type ScanSentinelPorts, scanSentinel } from '../../modules/schedules/scan-sentinel.ts';
import { clock, log, newId, newKey } from '../wiring/basics.ts';
import { environment } from '../wiring/environment.ts';
import { executions } from '../wiring/executions.ts';
import { macs, vault } from '../wiring/keys.ts';
import { fresh } from '../wiring/lazy.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { portalMapping, portalRole } from '../wiring/portal.ts';
import { leases, requests, subjects, suppression } from '../wiring/tables.ts';

/** Schedule: looks for anonymized names that came back. */
export const createHandler = (policy: ScanPolicy, ports: ScanSentinelPorts) =>
  middy<object, { readonly scanned: number; readonly found: number }>().handler((_event, _context, { signal }) =>
    scanSentinel(policy, ports, signal),
  );

export const handler = fresh(async () => {
  const [{ limits, policy, outside }, mapping] = await Promise.all([nexthink(), portalMapping()]);
  const stores = { requests: requests(), leases: leases(), vault: vault(), executions: executions() };
  const { PORTAL_READ_SECRET_ID, MAC_KEY_ID } = environment();
  return {
    handler: createHandler(
      { ...policy, sentinel: limits.sentinel },
      {
        ...outside,
        ...stores,
        macs: macs(),
        subjects: subjects(),
        ledger: suppression(),
        portalNames: portalNames(portalRole(PORTAL_READ_SECRET_ID), mapping),
        generation: MAC_KEY_ID,
        clock,
        pause,
        log,
        newId,
        newKey,
      },
    ),
    close: outside.engineApi.close,
  };
});
