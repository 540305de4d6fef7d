import { pause } from '../../modules/common/adapters/sleep.ts';
import type { CheckLoginPorts } from '../../modules/engines/check-account.ts';
import { SubjectsBody } from '../../modules/engines/find-subjects.ts';
import { listEngines } from '../../modules/engines/list-engines.ts';
import { listNames } from '../../modules/engines/list-names.ts';
import { measureRedirection, type RedirectionPorts } from '../../modules/engines/redirection.ts';
import { listSubjects } from '../../modules/lifecycle/list-subjects.ts';
import type { LifecyclePolicy } from '../../modules/lifecycle/policy.ts';
import { PreviewBody, type PreviewRequestPorts, previewRequest } from '../../modules/lifecycle/preview-request.ts';
import { portalPreview } from '../../modules/portal/search/preview.ts';
import { refuseWithout, SCOPE_OF } from '../../modules/requests/caller.ts';
import { LoginOnlyBody } from '../../modules/requests/start-body.ts';
import type { CallerPolicy } from '../http/caller-limits.ts';
import { bodyOf, callerOf, freshHttp, json, type LimitPorts, router, routeWithLogin } from '../http/http.ts';
import { settings } from '../wiring/documents.ts';
import { callers, clock, environment, log, newNonce } from '../wiring/environment.ts';
import { withNexthink } from '../wiring/nexthink.ts';
import { fittingPortalMapping, portalRole } from '../wiring/portal.ts';
import { leases } from '../wiring/tables.ts';

type PreviewPolicy = Pick<LifecyclePolicy, 'account' | 'nightlyJobs'> & CallerPolicy;

/** Queries Portal and Engines with the login of the call, and stores nothing about a person. No route is a GET: bodies hold names and logins. */
const createHandler = (policy: PreviewPolicy, ports: LimitPorts & PreviewRequestPorts & RedirectionPorts) =>
  router<'preview'>({
    'POST /v1/preview': routeWithLogin(policy, ports, async (event) => {
      const body = bodyOf(event, PreviewBody);
      refuseWithout(callerOf(event, ports.callers), [SCOPE_OF[body.kind]]);
      return json(200, await previewRequest(body, policy, ports));
    }),
    'POST /v1/engines': enginesRoute(policy, ports),
    'POST /v1/subjects': routeWithLogin(policy, ports, async (event) =>
      json(200, await listSubjects(bodyOf(event, SubjectsBody), policy, ports)),
    ),
    'POST /v1/redirection': routeWithLogin(policy, ports, async (event) =>
      json(200, await measureRedirection(bodyOf(event, LoginOnlyBody).login, policy, ports)),
    ),
    'POST /v1/names': routeWithLogin(policy, ports, async (event) =>
      json(200, await listNames(bodyOf(event, LoginOnlyBody).login, policy, ports)),
    ),
  });

export const enginesRoute = (policy: CallerPolicy, ports: LimitPorts & CheckLoginPorts) =>
  routeWithLogin(policy, ports, async (event) =>
    json(200, await listEngines(bodyOf(event, LoginOnlyBody).login, ports)),
  );

/** Maximum time of one statement, seconds; the search as a whole has its own limit. */
const STATEMENT_SECONDS = 22;

async function openPreview() {
  const role = portalRole(environment().PORTAL_READ_SECRET_ID);
  const mapping = await fittingPortalMapping(role);
  const { portal } = await settings();
  return { mapping, portalPreview: portalPreview(role, mapping, STATEMENT_SECONDS, portal.mentions.default) };
}

export const handler = freshHttp(
  log,
  withNexthink(({ policy, outside }) => {
    const ports = { ...outside, callers: callers(), leases: leases(), pause, log, clock, newNonce, openPreview };
    return createHandler(policy, ports);
  }),
);
