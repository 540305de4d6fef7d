import { portalNames } from '../../modules/portal/search/list-names.ts';
import { fresh } from '../http/parse.ts';
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
import { nexthink } from '../wiring/nexthink.ts';
import { createHandler } from './handler.ts';

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
