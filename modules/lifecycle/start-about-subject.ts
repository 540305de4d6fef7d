import { daysAfter } from '../common/day-window.ts';
import type { Macs } from '../common/hmac.ts';
import { type Caller, maySee } from '../requests/caller.ts';
import type { RequestRecord } from '../requests/record.ts';
import { hasArchive, isFinal } from '../requests/state-machine.ts';
import {
  canonicalSubject,
  claimSubject,
  recordsOf,
  releaseUnstarted,
  type Subjects,
} from '../requests/subjects/subject-index.ts';
import type { Duplicates } from '../requests/views/request-view.ts';
import type { InitialState, LifecyclePolicy } from './policy.ts';
import { type StartCommand, type StartRequestPorts, startRequest, subjectRetentionDays } from './start-request.ts';

export interface StartAboutSubjectPorts extends StartRequestPorts {
  readonly subjects: Subjects;
  readonly macs: Macs;
}

/**
 * Starts a Request and returns which others are about the same Subject. They do not block it, except that one
 * anonymization of a Subject runs at a time; a caller learns that only after a good login (R14).
 * @throws {SubjectBusyError} the Subject is being anonymized
 */
export async function startAboutSubject(
  command: StartCommand,
  policy: LifecyclePolicy,
  ports: StartAboutSubjectPorts,
): Promise<{ readonly record: RequestRecord } & Duplicates> {
  const { requestId, body, caller } = command;
  const { subjects, clock } = ports;
  const mac = await ports.macs.of('subject', canonicalSubject(body.subject));
  let others: readonly RequestRecord[] = [];
  let isAdmitted = false;
  const admit = async (initialState: InitialState) => {
    isAdmitted = true;
    if (body.kind === 'anonymize' && initialState === 'QUEUED') await claimSubject(mac, requestId, caller, ports);
    await subjects.note(mac, requestId, daysAfter(clock.now(), subjectRetentionDays(policy)));
    others = await recordsOf(await subjects.requestsAbout(mac), ports.requests);
  };
  try {
    const record = await startRequest(command, policy, ports, admit);
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
