import { pause } from '../../../modules/common/adapters/sleep.ts';
import type { CheckLoginPorts } from '../../../modules/engines/check-account.ts';
import { findSubjects, SubjectsBody } from '../../../modules/engines/find-subjects.ts';
import type { AccountPolicy } from '../../../modules/engines/settings.ts';
import { bodyOf } from '../../http/body.ts';
import type { CallerPolicy } from '../../http/caller-limits.ts';
import { freshHttp, json, type LimitPorts, limitCalls, route } from '../../http/http.ts';
import { callers, clock, log } from '../../wiring/environment.ts';
import { withNexthink } from '../../wiring/nexthink.ts';
import { leases } from '../../wiring/tables.ts';

/** `POST /v1/subjects`: not a GET, because the body holds name and login. */
export const createHandler = (
  policy: CallerPolicy & { readonly account: AccountPolicy },
  ports: LimitPorts & CheckLoginPorts,
) =>
  route(
    ports,
    async (event) => json(200, await findSubjects(bodyOf(event, SubjectsBody), policy, ports)),
    limitCalls(policy, ports),
  );

export const handler = freshHttp(
  log,
  withNexthink(({ policy, outside }) =>
    createHandler(policy, { ...outside, callers: callers(), leases: leases(), pause, clock, log }),
  ),
);
