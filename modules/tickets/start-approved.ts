import type { LifecyclePolicy } from '../lifecycle/policy.ts';
import { launch, openLogin } from '../lifecycle/start-execution.ts';
import { type StartAboutSubjectPorts, startAboutSubject } from '../lifecycle/start-request.ts';
import { refuseDuringNightlyJobs } from '../portal/nightly-jobs.ts';
import type { Caller } from '../requests/caller.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { StartRequestBody } from '../requests/start-body.ts';
import type { Requests } from '../requests/store.ts';
import { recordsOf } from '../requests/subjects/subject-index.ts';
import { type ApprovedTicket, type Deliveries, triesUntil } from './deliveries.ts';

export interface StartApprovedPorts extends StartAboutSubjectPorts {
  readonly newId: () => string;
  readonly deliveries: Pick<Deliveries, 'startOf' | 'replaceRequest'>;
}

/** Maximum failed starts per ticket approval (about two hours of retries). */
const MAX_STARTS = 8;

/**
 * Starts the Request of an approved ticket, once for each approval. A Request that an earlier try has written but not
 * launched is launched. A Request that ended without running is replaced by a new one, but only by the delivery that it was
 * started for: our own comments in the ticket cause deliveries too.
 * @returns nothing while another worker starts it, or until a launched Request is known to run; `spent` when the maximum of
 *   failed starts is reached
 * @throws what `startAboutSubject` throws
 */
export async function startApproved(
  ticket: ApprovedTicket,
  deliveryId: string,
  body: StartRequestBody,
  policy: LifecyclePolicy,
  ports: StartApprovedPorts,
): Promise<'started' | 'spent' | undefined> {
  const { deliveries, requests, clock } = ports;
  const now = clock.now();
  const known = await deliveries.startOf(ticket, { requestId: ports.newId(), deliveryId }, now, triesUntil(now));
  if (!known) return undefined;
  const [present] = await recordsOf([known], requests);
  if (!present) return startNew(ticket, body, known.requestId, policy, ports);
  if (body.login === 'service-account' && isUnlaunched(present)) {
    if (present.kind === 'anonymize') refuseDuringNightlyJobs(now, policy.nightlyJobs);
    await launch(present, await openLogin(body.login, ports), 'FAILED', ports);
    return undefined;
  }
  if (known.deliveryId !== deliveryId || !(await hasFailedUnstarted(present, requests))) return 'started';
  if (known.starts >= MAX_STARTS) return 'spent';
  const another = ports.newId();
  if (!(await deliveries.replaceRequest(ticket, known, another))) return undefined;
  return startNew(ticket, body, another, policy, ports);
}

/** Or just launched: a second start of the same attempt makes no double. Later attempts have a login of their own. */
const isUnlaunched = ({ state, attempt }: RequestRecord): boolean => state === 'QUEUED' && attempt === 1;

const hasFailedUnstarted = async ({ state, requestId }: RequestRecord, requests: Requests): Promise<boolean> =>
  state === 'FAILED' && !(await requests.listEvents(requestId)).some(({ what }) => what === 'started');

async function startNew(
  { connectionId, key }: ApprovedTicket,
  body: StartRequestBody,
  requestId: string,
  policy: LifecyclePolicy,
  ports: StartApprovedPorts,
): Promise<'started'> {
  const caller: Caller = { callerId: `ticket:${connectionId}`, kind: 'machine', scopes: [] };
  const waived = { approval: 'given-by-ticket', preview: 'hidden-from-approver', login: 'given-later' } as const;
  await startAboutSubject(
    { requestId, body, caller, origin: { ticket: { connectionId, key } }, waived },
    policy,
    ports,
  );
  return 'started';
}
