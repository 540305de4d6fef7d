import { pause } from '../../../modules/common/adapters/sleep.ts';
import type { CheckLoginPorts } from '../../../modules/engines/check-account.ts';
import { listEngines } from '../../../modules/engines/list-engines.ts';
import { LoginOnlyBody } from '../../../modules/requests/start-body.ts';
import { bodyOf } from '../../http/body.ts';
import type { CallerPolicy } from '../../http/caller-limits.ts';
import { freshHttp, json, type LimitPorts, limitCalls, route } from '../../http/http.ts';
import { callers, clock, log } from '../../wiring/environment.ts';
import { withNexthink } from '../../wiring/nexthink.ts';
import { leases } from '../../wiring/tables.ts';

/** `POST /v1/engines`: not a GET, because the body holds the login. */
export const createHandler = (policy: CallerPolicy, ports: LimitPorts & CheckLoginPorts) =>
  route(
    ports,
    async (event) => json(200, await listEngines(bodyOf(event, LoginOnlyBody).login, ports)),
    limitCalls(policy, ports),
  );

export const handler = freshHttp(
  log,
  withNexthink(({ policy, outside }) =>
    createHandler(policy, { ...outside, callers: callers(), leases: leases(), pause, clock, log }),
  ),
);
