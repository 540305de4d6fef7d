import { openLogin } from '../lifecycle/service-account.ts';
import { type StartAboutSubjectPorts, startAboutSubject } from '../lifecycle/start-about-subject.ts';
import { launch } from '../lifecycle/start-execution.ts';
import { refuseDuringNightlyJobs } from '../portal/nightly-jobs.ts';
import type { Caller } from '../requests/caller.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { StartRequestBody } from '../requests/start-body.ts';
import type { Requests } from '../requests/store.ts';
import { recordsOf } from '../requests/subjects/subject-claim.ts';
import { type ApprovedTicket, type Deliveries, triesUntil } from './deliveries.ts';

export interface StartApprovedPorts extends StartAboutSubjectPorts {
  readonly deliveries: Pick<Deliveries, 'startOf' | 'replaceRequest'>;
}

/** So many Requests at most that cannot be started tell a ticket so, in the course of some two hours. */
const MAX_STARTS = 8;

/**
 * Starts the Request of an approved ticket, once for each approval. One that a start has left behind is taken up: written, but
 * not launched, it is launched again; one that ended without ever having run gives way to another, but only when the delivery
 * that it was started for comes up again, since what we write into the ticket is told to us as well.
 * @returns nothing while another starts it, or until one that was launched again is known to run; `spent` when none could be
 *   started and no other is made
 * @throws what `startAboutSubject` throws
 */
export async function startApproved(
  ticket: ApprovedTicket,
  deliveryId: string,
  body: StartRequestBody,
  ports: StartApprovedPorts,
): Promise<'started' | 'spent' | undefined> {
  const { deliveries, requests, clock } = ports;
  const now = clock.now();
  const known = await deliveries.startOf(ticket, { requestId: ports.newId(), deliveryId }, now, triesUntil(now));
  if (!known) return undefined;
  const [present] = await recordsOf([known], requests);
  if (!present) return startNew(ticket, body, known.requestId, ports);
  if (body.login === 'service-account' && isUnlaunched(present)) {
    if (present.kind === 'anonymize') refuseDuringNightlyJobs(now, ports.nightlyJobs);
    await launch(present, await openLogin(body.login, ports), 'FAILED', ports);
    return undefined;
  }
  if (known.deliveryId !== deliveryId || !(await hasFailedUnstarted(present, requests))) return 'started';
  if (known.starts >= MAX_STARTS) return 'spent';
  const another = ports.newId();
  if (!(await deliveries.replaceRequest(ticket, known, another))) return undefined;
  return startNew(ticket, body, another, ports);
}

/** Or just launched: a second start of the same attempt makes no double. Later attempts have a login of their own. */
const isUnlaunched = ({ state, attempt }: RequestRecord): boolean => state === 'QUEUED' && attempt === 1;

const hasFailedUnstarted = async ({ state, requestId }: RequestRecord, requests: Requests): Promise<boolean> =>
  state === 'FAILED' && !(await requests.listEvents(requestId)).some(({ what }) => what === 'started');

async function startNew(
  { connectionId, key }: ApprovedTicket,
  body: StartRequestBody,
  requestId: string,
  ports: StartApprovedPorts,
): Promise<'started'> {
  const caller: Caller = { callerId: `ticket:${connectionId}`, kind: 'machine', scopes: [] };
  await startAboutSubject(body, caller, {
    ...ports,
    // Somebody has approved the ticket, who may not see what a preview shows.
    approval: { retrieve: 'none', anonymize: 'none' },
    preview: 'optional',
    loginLater: 'allowed',
    origin: { ticket: { connectionId, key } },
    newId: () => requestId,
  });
  return 'started';
}
