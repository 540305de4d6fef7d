import { fresh } from '../http/parse.ts';
import { clock, environment, leases, log, parts, requests, vault } from '../wiring/dependencies.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { createHandler } from './handler.ts';

/** Kept free at the end of an invocation, beside one query's own time (docs/decisions/0005). */
const MARGIN_SECONDS = 30;

export const handler = fresh(async () => {
  const { limits, outside } = await nexthink();
  const { engineApi } = outside;
  const { DEFLATE_LEVEL: deflateLevel, ENGINE_TIMEOUT_SECONDS } = environment();
  const stores = { requests: requests(), vault: vault(), parts: parts(), leases: leases() };
  const ports = { ...stores, engineApi, limits: { ...limits, deflateLevel }, clock, log };
  return {
    handler: createHandler(ports, (ENGINE_TIMEOUT_SECONDS + MARGIN_SECONDS) * 1000),
    close: engineApi.close,
  };
});
