import { type Caller, maySee } from '../caller.ts';
import { RequestNotFoundError, SubjectBusyError } from '../errors.ts';
import type { Macs } from '../idempotency.ts';
import { hasBundle, isFinal } from '../lifecycle.ts';
import type { Duplicates, RequestRecord, StartRequestBody } from '../model.ts';
import type { Requests } from '../ports.ts';
import { canonicalSubject, type Holder, type Subjects } from '../subjects.ts';
import { type StartRequestPorts, startRequest } from './start-request.ts';

export interface StartAboutSubjectPorts extends StartRequestPorts {
  readonly subjects: Subjects;
  readonly macs: Macs;
}

/** So long a Request is a duplicate's first, unless it ended without a result. */
const REMEMBERED_MS = 30 * 86_400_000;
/** A claim without a Request is that of a start under way for so long. */
const START_MS = 60_000;

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
  const admit = async () => {
    if (body.kind === 'anonymize') await claim(mac, requestId, caller, ports);
    await subjects.note(mac, requestId, new Date(clock.now().getTime() + REMEMBERED_MS));
    others = await recordsOf(await subjects.requestsAbout(mac), ports.requests);
  };
  try {
    const record = await startRequest(body, caller.callerId, { ...ports, newId: () => requestId, admit });
    return { record, ...duplicatesAmong(others, caller) };
  } catch (error) {
    await subjects.release(mac, requestId);
    throw error;
  }
}

/** @throws {SubjectBusyError} */
async function claim(mac: string, requestId: string, caller: Caller, ports: StartAboutSubjectPorts): Promise<void> {
  const holder = await ports.subjects.claim(mac, requestId);
  if (!holder) return;
  const [record] = await recordsOf([holder.requestId], ports.requests);
  const isOver = record ? isFinal(record.state) : isStale(holder, ports.clock.now());
  if (isOver && !(await ports.subjects.claim(mac, requestId, holder.requestId))) return;
  throw new SubjectBusyError(record && maySee(caller, record) ? record.requestId : undefined);
}

const isStale = ({ since }: Holder, now: Date): boolean => !(now.getTime() - Date.parse(since) < START_MS);

function duplicatesAmong(others: readonly RequestRecord[], caller: Caller): Duplicates {
  const counting = others.filter(({ state }) => !isFinal(state) || hasBundle(state));
  const seen = counting.filter((record) => maySee(caller, record));
  return { duplicates: seen.map(({ requestId }) => requestId), otherDuplicates: counting.length - seen.length };
}

/** Those that are still there. */
export async function recordsOf(requestIds: readonly string[], requests: Requests): Promise<RequestRecord[]> {
  const found = await Promise.all(
    requestIds.map((requestId) =>
      requests.get(requestId).catch((error: unknown) => {
        if (error instanceof RequestNotFoundError) return undefined;
        throw error;
      }),
    ),
  );
  return found.filter((record) => record !== undefined);
}
