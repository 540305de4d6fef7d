import { portalPostgres } from '../../modules/portal/retrieval/read-subject.ts';
import { fresh } from '../http/parse.ts';
import {
  clock,
  environment,
  fittingPortalMapping,
  parts,
  portalRole,
  requests,
  vault,
} from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const { PORTAL_READ_SECRET_ID, DEFLATE_LEVEL: deflateLevel } = environment();
  const role = portalRole(PORTAL_READ_SECRET_ID);
  const mapping = await fittingPortalMapping(role);
  const portalDatabase = portalPostgres(role, mapping);
  const stores = { requests: requests(), vault: vault(), parts: parts() };
  return { handler: createHandler({ ...stores, portalDatabase, clock, deflateLevel }, mapping) };
});
