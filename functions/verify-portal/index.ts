import { portalVerifier } from '../../adapters/portal-verifier.ts';
import { environment, portalRole, requests, vault } from '../shared/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({
  requests: requests(),
  vault: vault(),
  portalVerifier: portalVerifier(portalRole(environment().PORTAL_VERIFY_SECRET_ID)),
});
