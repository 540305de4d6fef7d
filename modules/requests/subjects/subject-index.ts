import { ignoring } from '../../common/errors.ts';
import { type Caller, maySee } from '../caller.ts';
import { RequestNotFoundError, SubjectBusyError } from '../errors.ts';
import { isFinal, isWaiting } from '../state-machine.ts';
import type { RequestPorts, Requests } from '../store.ts';
import type { Subject } from '../subject.ts';
import { canonicalName } from './account-name.ts';

/** A Request that is recorded with a Subject, and since when (ISO 8601). */
export type Noted = { readonly requestId: string; readonly since: string };

export const isOlder = ({ since }: Noted, now: Date, ms: number): boolean => !(now.getTime() - Date.parse(since) < ms);

/** The Requests about one Subject, by a keyed hash of its name; stored with the sealed names, without a backup. */
export interface Subjects {
  /** Records until `expiresAt` that a Request is about the Subject. */
  note(mac: string, requestId: string, expiresAt: Date): Promise<void>;
  requestsAbout(mac: string): Promise<Noted[]>;
  /** The hash of a Request's Subject; undefined after it was forgotten. */
  macOf(requestId: string): Promise<string | undefined>;
  /** @param from the former holder, as read, when it has ended or died @returns the holder if it is another Request */
  claim(mac: string, requestId: string, from?: Noted): Promise<Noted | undefined>;
  /** Releases the right; harmless when another Request holds it. */
  release(mac: string, requestId: string): Promise<void>;
  /**
   * Removes the records of these Requests. After the last one, no hash of the Subject is left (R15).
   * @param last the Request that repeats this call if it breaks off: `requestsAbout` loses it first, `macOf` loses it last
   */
  forget(mac: string, requestIds: readonly string[], last?: string): Promise<void>;
}

/** The text of a Subject that is hashed: chosen accounts, else the typed name. Case and form of the name do not matter. */
export function canonicalSubject({ kind, name, accounts = [name] }: Subject): string {
  const identities = new Set(accounts.map((account) => canonicalName({ kind, name: account })));
  return `${kind}\n${[...identities].sort().join('\n')}`;
}

type SubjectClaimPorts = Omit<RequestPorts, 'log'> & { readonly subjects: Subjects };

/** A younger claim without a running Request belongs to a start that is not finished. */
const START_MS = 60_000;

/**
 * Claims the right to anonymize a Subject, for a Request that is about to run; one that waits for a person does not block others.
 * @param mac keyed hash of the Subject @throws {SubjectBusyError} names the other Request if the Caller may see it
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

/** Releases the right after a failed start, unless the Request runs. Forgets a Request that was never written. */
export async function releaseUnstarted(mac: string, requestId: string, { subjects, requests }: SubjectClaimPorts) {
  const [record] = await recordsOf([{ requestId }], requests);
  if (!record || isFinal(record.state)) await subjects.release(mac, requestId);
  if (!record) await subjects.forget(mac, [requestId]);
}

export async function recordsOf(noted: readonly Pick<Noted, 'requestId'>[], requests: Requests) {
  const found = await Promise.all(
    noted.map(({ requestId }) => requests.get(requestId).catch(ignoring(RequestNotFoundError))),
  );
  return found.filter((record) => record !== undefined);
}
