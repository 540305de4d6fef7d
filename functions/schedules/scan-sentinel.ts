import middy from '@middy/core';
import { portalNames } from '../../modules/portal/search/list-names.ts';
import { type ScanPolicy, type ScanSentinelPorts, scanSentinel } from '../../modules/schedules/scan-sentinel.ts';
import {
  clock,
  environment,
  executions,
  leases,
  log,
  macs,
  newId,
  newKey,
  pause,
  portalMapping,
  portalRole,
  requests,
  subjects,
  suppression,
  vault,
} from '../wiring/dependencies.ts';
import { fresh } from '../wiring/lazy.ts';
import { nexthink } from '../wiring/nexthink.ts';

/** By its schedule: looks for names that came back. */
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
