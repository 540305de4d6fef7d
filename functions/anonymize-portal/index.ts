import { randomBytes } from 'node:crypto';
import { portalAnonymizer } from '../../modules/portal/anonymize/anonymizer.ts';
import { fresh } from '../http/parse.ts';
import {
  anonymizationSettings,
  clock,
  environment,
  fittingPortalMapping,
  portalRole,
  requests,
  vault,
} from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const role = portalRole(environment().PORTAL_ANONYMIZE_SECRET_ID);
  const mapping = await fittingPortalMapping(role);
  const { portal } = await anonymizationSettings();
  const ports = {
    requests: requests(),
    vault: vault(),
    clock,
    random: randomBytes,
    mapping,
    portalAnonymizer: portalAnonymizer(role, mapping, portal),
  };
  return { handler: createHandler(ports) };
});
