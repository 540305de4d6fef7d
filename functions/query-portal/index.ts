import { portalPostgres } from '../../adapters/portal-postgres.ts';
import { clock, environment, parts, portalMapping, portalRole, requests, vault } from '../shared/dependencies.ts';
import { fresh } from '../shared/middleware.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const { PORTAL_READ_SECRET_ID, DEFLATE_LEVEL: deflateLevel } = environment();
  const portalDatabase = portalPostgres(portalRole(PORTAL_READ_SECRET_ID), await portalMapping());
  const stores = { requests: requests(), vault: vault(), parts: parts() };
  return { handler: createHandler({ ...stores, portalDatabase, clock, deflateLevel }) };
});
