import type { Clock } from '../../common/ports.ts';
import { type Caller, maySee } from '../caller.ts';
import { RequestNotFoundError, SubjectBusyError } from '../errors.ts';
import type { RequestRecord } from '../record.ts';
import { isFinal, isWaiting } from '../state-machine.ts';
import type { Requests } from '../store.ts';
import { isOlder, type Noted, type Subjects } from './subject-index.ts';

interface SubjectClaimPorts {
  readonly subjects: Subjects;
  readonly requests: Requests;
  readonly clock: Clock;
}

/** A younger claim without a running Request belongs to a start that is not finished. */
const START_MS = 60_000;

/**
 * Claims the right to anonymize a Subject, for a Request that is about to run. A Request that waits for a person does not
 * block others.
 * @param mac keyed hash of the Subject
 * @throws {SubjectBusyError} it is being anonymized; names the other Request if the Caller may see it
 */
export async function claimSubject(
  mac: string,
  requestId: string,
  caller: Caller,
  { subjects, requests, clock }: SubjectClaimPorts,
): Promise<void> {
  const holder = await subjects.claim(mac, requestId);
  if (!holder) return;
  const [record] = await recordsOf([holder], requests);
  const isBegun = record && !isWaiting(record.state);
  const isOver = isBegun ? isFinal(record.state) : isOlder(holder, clock.now(), START_MS);
  if (isOver && !(await subjects.claim(mac, requestId, holder))) return;
  throw new SubjectBusyError(record && maySee(caller, record) ? record.requestId : undefined);
}

/**
 * Releases the right after a failed start, unless the Request exists and has not ended. Forgets a Request that was never
 * written.
 */
export async function releaseUnstarted(
  mac: string,
  requestId: string,
  { subjects, requests }: SubjectClaimPorts,
): Promise<void> {
  const [record] = await recordsOf([{ requestId }], requests);
  if (!record || isFinal(record.state)) await subjects.release(mac, requestId);
  if (!record) await subjects.forget(mac, [requestId]);
}

/** The Requests that still exist. */
export async function recordsOf(
  noted: readonly Pick<Noted, 'requestId'>[],
  requests: Requests,
): Promise<RequestRecord[]> {
  const found = await Promise.all(
    noted.map(({ requestId }) =>
      requests.get(requestId).catch((error: unknown) => {
        if (error instanceof RequestNotFoundError) return undefined;
        throw error;
      }),
    ),
  );
  return found.filter((record) => record !== undefined);
}
