import { randomBytes } from 'node:crypto';
import { portalAnonymizer } from '../../adapters/portal-anonymizer.ts';
import { environment, portalMapping, portalRole, requests, vault } from '../shared/dependencies.ts';
import { fresh } from '../shared/middleware.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const role = portalRole(environment().PORTAL_ANONYMIZE_SECRET_ID);
  const anonymizer = portalAnonymizer(role, await portalMapping());
  const ports = { requests: requests(), vault: vault(), portalAnonymizer: anonymizer, random: randomBytes };
  return { handler: createHandler(ports) };
});
