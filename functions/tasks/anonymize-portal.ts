import { randomBytes } from 'node:crypto';
import { portalAnonymizer, rehearse } from '../../modules/portal/anonymize/anonymizer.ts';
import { type AnonymizePortalPorts, anonymizePortal } from '../../modules/portal/anonymize-portal.ts';
import type { Rehearse } from '../../modules/portal/ports.ts';
import { Attempt } from '../../modules/requests/state-machine.ts';
import { task } from '../http/parse.ts';
import { settings } from '../wiring/documents.ts';
import { environment, fresh } from '../wiring/environment.ts';
import { sealedPorts } from '../wiring/keys.ts';
import { fittingPortalMapping, portalRole } from '../wiring/portal.ts';

/** Tasks `Anonymize Portal` of anonymize.asl.json and, with the same rights, `Rehearse Portal` of rehearse.asl.json. */
export const createHandler = (ports: AnonymizePortalPorts) =>
  task(Attempt, (event, signal) => anonymizePortal(event, ports, signal));

export const handler = fresh(async () => {
  const role = portalRole(environment().PORTAL_ANONYMIZE_SECRET_ID);
  const mapping = await fittingPortalMapping(role);
  const { portal } = await settings();
  const ports = {
    ...sealedPorts(),
    random: randomBytes,
    mapping,
    portalAnonymizer: portalAnonymizer(role, mapping, portal),
    rehearse: (...call: Parameters<Rehearse>) => rehearse(role, mapping, portal, ...call),
  };
  return createHandler(ports);
});
