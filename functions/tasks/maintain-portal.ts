import { portalMaintainer } from '../../modules/portal/anonymize/maintainer.ts';
import { type MaintainPortalPorts, maintainPortal } from '../../modules/portal/maintain-portal.ts';
import { Attempt } from '../../modules/requests/state-machine.ts';
import { task } from '../http/parse.ts';
import { settings } from '../wiring/documents.ts';
import { environment, fresh } from '../wiring/environment.ts';
import { portalMapping, portalRole } from '../wiring/portal.ts';
import { requests } from '../wiring/tables.ts';

/** Task `Maintain Portal` of anonymize.asl.json: cleans up pages and statistics after the change. */
export const createHandler = (ports: MaintainPortalPorts) =>
  task(Attempt, (event, signal) => maintainPortal(event, ports, signal));

export const handler = fresh(async () => {
  const secretId = environment().PORTAL_MAINTAIN_SECRET_ID;
  const { portal } = await settings();
  const maintainer = secretId ? portalMaintainer(portalRole(secretId), await portalMapping(), portal) : undefined;
  return createHandler({ requests: requests(), portalMaintainer: maintainer });
});
