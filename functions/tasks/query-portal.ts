import { standInsOf } from '../../modules/masking/stand-ins.ts';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { type QueryPortalPorts, queryPortal } from '../../modules/portal/query-portal.ts';
import { maskedPortal } from '../../modules/portal/retrieval/masked-portal.ts';
import { portalPostgres } from '../../modules/portal/retrieval/read-subject.ts';
import { Attempt } from '../../modules/requests/state-machine.ts';
import { task } from '../http/parse.ts';
import { environment, fresh } from '../wiring/environment.ts';
import { sealedPorts } from '../wiring/keys.ts';
import { parts } from '../wiring/objects.ts';
import { fittingPortalMapping, portalRole } from '../wiring/portal.ts';

/** Task `Query Portal` of retrieve.asl.json: stores what the Portal database holds about the Subject as Parts. */
export const createHandler = (ports: QueryPortalPorts, mapping: PortalMapping) =>
  task(Attempt, async (event, signal) => {
    const names = await standInsOf(event.requestId, ports);
    const portalDatabase = names ? maskedPortal(ports.portalDatabase, mapping, names) : ports.portalDatabase;
    return queryPortal(event, { ...ports, portalDatabase }, signal);
  });

export const handler = fresh(async () => {
  const { PORTAL_READ_SECRET_ID, DEFLATE_LEVEL: deflateLevel } = environment();
  const role = portalRole(PORTAL_READ_SECRET_ID);
  const mapping = await fittingPortalMapping(role);
  const portalDatabase = portalPostgres(role, mapping);
  return createHandler({ ...sealedPorts(), parts: parts(), portalDatabase, deflateLevel }, mapping);
});
