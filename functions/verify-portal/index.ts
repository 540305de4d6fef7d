import { portalVerifier } from '../../modules/portal/search/verifier.ts';
import { fresh } from '../http/parse.ts';
import { environment, portalMapping, portalRole, requests, vault } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const { accounts } = await portalMapping();
  const verifier = portalVerifier(portalRole(environment().PORTAL_VERIFY_SECRET_ID), accounts);
  return { handler: createHandler({ requests: requests(), vault: vault(), portalVerifier: verifier }) };
});
