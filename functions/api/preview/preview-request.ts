import { pause } from '../../../modules/common/adapters/sleep.ts';
import type { LifecyclePolicy } from '../../../modules/lifecycle/policy.ts';
import { PreviewBody, type PreviewRequestPorts, previewRequest } from '../../../modules/lifecycle/preview-request.ts';
import { portalPreview } from '../../../modules/portal/search/preview.ts';
import { refuseWithout, SCOPE_OF } from '../../../modules/requests/caller.ts';
import { bodyOf } from '../../http/body.ts';
import type { CallerPolicy } from '../../http/caller-limits.ts';
import { callerOf, freshHttp, json, type LimitPorts, limitCalls, route } from '../../http/http.ts';
import { callers, clock, environment, log, newNonce } from '../../wiring/environment.ts';
import { withNexthink } from '../../wiring/nexthink.ts';
import { fittingPortalMapping, portalRole } from '../../wiring/portal.ts';
import { leases } from '../../wiring/tables.ts';

/** `POST /v1/preview`: not a GET, because the body holds name and login. */
export const createHandler = (
  policy: Pick<LifecyclePolicy, 'account' | 'nightlyJobs'> & CallerPolicy,
  ports: LimitPorts & PreviewRequestPorts,
) =>
  route(
    ports,
    async (event) => {
      const body = bodyOf(event, PreviewBody);
      refuseWithout(callerOf(event, ports.callers), [SCOPE_OF[body.kind]]);
      return json(200, await previewRequest(body, policy, ports));
    },
    limitCalls(policy, ports),
  );

/** Maximum time of one statement, seconds; the search as a whole has its own limit. */
const STATEMENT_SECONDS = 22;

export const handler = freshHttp(
  log,
  withNexthink(({ policy, outside }) => {
    const openPreview = async () => {
      const role = portalRole(environment().PORTAL_READ_SECRET_ID);
      const mapping = await fittingPortalMapping(role);
      return { mapping, portalPreview: portalPreview(role, mapping, STATEMENT_SECONDS) };
    };
    return createHandler(policy, {
      ...outside,
      callers: callers(),
      leases: leases(),
      pause,
      log,
      clock,
      newNonce,
      openPreview,
    });
  }),
);
