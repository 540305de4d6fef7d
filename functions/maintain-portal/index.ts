import { portalMaintainer } from '../../modules/portal/anonymize/maintainer.ts';
import { anonymizationSettings, environment, portalMapping, portalRole, requests } from '../shared/dependencies.ts';
import { fresh } from '../shared/middleware.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const secretId = environment().PORTAL_MAINTAIN_SECRET_ID;
  const { portal } = await anonymizationSettings();
  const maintainer = secretId ? portalMaintainer(portalRole(secretId), await portalMapping(), portal) : undefined;
  return { handler: createHandler({ requests: requests(), portalMaintainer: maintainer }) };
});
