import { portalVerifier } from '../../modules/portal/search/preview.ts';
import { type VerifyPortalPorts, verifyPortal } from '../../modules/portal/verify-portal.ts';
import { Attempt } from '../../modules/requests/state-machine.ts';
import { task } from '../http/parse.ts';
import { environment, fresh } from '../wiring/environment.ts';
import { sealedPorts } from '../wiring/keys.ts';
import { portalMapping, portalRole } from '../wiring/portal.ts';

/** Task `Verify Portal` of anonymize.asl.json: counts the name again through another role; fails when it is still there. */
export const createHandler = (ports: VerifyPortalPorts) =>
  task(Attempt, (event, signal) => verifyPortal(event, ports, signal));

export const handler = fresh(async () => {
  const role = portalRole(environment().PORTAL_VERIFY_SECRET_ID);
  return createHandler({ ...sealedPorts(), portalVerifier: portalVerifier(role, await portalMapping()) });
});
