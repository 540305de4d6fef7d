import type { Macs } from '../common/hmac.ts';
import { type Caller, maySee } from '../requests/caller.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { StartRequestBody } from '../requests/start-body.ts';
import { hasArchive, isFinal } from '../requests/state-machine.ts';
import { claimSubject, recordsOf, releaseUnstarted } from '../requests/subjects/subject-claim.ts';
import { canonicalSubject, type Subjects } from '../requests/subjects/subject-index.ts';
import type { Duplicates } from '../requests/views/request-view.ts';
import { type Beginning, type StartRequestPorts, startRequest, subjectLifeDays } from './start-request.ts';

export interface StartAboutSubjectPorts extends StartRequestPorts {
  readonly subjects: Subjects;
  readonly macs: Macs;
}

const DAY_MS = 86_400_000;

/**
 * Starts a Request and tells which others are about the same Subject. They hinder nothing, except that one anonymization
 * of a Subject runs at a time; that too is told only to who has shown a good login (R14).
 * @throws {SubjectBusyError} the Subject is being anonymized
 */
export async function startAboutSubject(
  body: StartRequestBody,
  caller: Caller,
  ports: StartAboutSubjectPorts,
): Promise<{ readonly record: RequestRecord } & Duplicates> {
  const { subjects, clock } = ports;
  const mac = await ports.macs.of('subject', canonicalSubject(body.subject));
  const requestId = ports.newId();
  let others: readonly RequestRecord[] = [];
  let isAdmitted = false;
  const admit = async (beginning: Beginning) => {
    isAdmitted = true;
    if (body.kind === 'anonymize' && beginning === 'QUEUED') await claimSubject(mac, requestId, caller, ports);
    const until = new Date(clock.now().getTime() + subjectLifeDays(ports) * DAY_MS);
    await subjects.note(mac, requestId, until);
    others = await recordsOf(await subjects.requestsAbout(mac), ports.requests);
  };
  try {
    const record = await startRequest(body, caller.callerId, { ...ports, newId: () => requestId, admit });
    return { record, ...duplicatesAmong(others, caller) };
  } catch (error) {
    if (isAdmitted) await releaseUnstarted(mac, requestId, ports);
    throw error;
  }
}

function duplicatesAmong(others: readonly RequestRecord[], caller: Caller): Duplicates {
  const counting = others.filter(({ state }) => !isFinal(state) || hasArchive(state));
  const seen = counting.filter((record) => maySee(caller, record));
  return { duplicates: seen.map(({ requestId }) => requestId), otherDuplicates: counting.length - seen.length };
}
