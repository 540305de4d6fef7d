import { portalMaintainer } from '../../modules/portal/anonymize/maintainer.ts';
import { fresh } from '../http/parse.ts';
import { anonymizationSettings, environment, portalMapping, portalRole, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const secretId = environment().PORTAL_MAINTAIN_SECRET_ID;
  const { portal } = await anonymizationSettings();
  const maintainer = secretId ? portalMaintainer(portalRole(secretId), await portalMapping(), portal) : undefined;
  return { handler: createHandler({ requests: requests(), portalMaintainer: maintainer }) };
});
