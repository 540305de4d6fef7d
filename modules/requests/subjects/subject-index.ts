import { composed, folded } from '../../common/case-folding.ts';
import type { Subject } from '../subject.ts';

/** A Request that is recorded with a Subject, and since when (ISO 8601). */
export interface Noted {
  readonly requestId: string;
  readonly since: string;
}

/** Whether an entry is older than `ms` milliseconds. */
export const isOlder = ({ since }: Noted, now: Date, ms: number): boolean => !(now.getTime() - Date.parse(since) < ms);

/**
 * The Requests about one Subject, by a keyed hash of its name. Used to report duplicates, to run one anonymization at a
 * time, and to find earlier archives. It is stored with the sealed names, without a backup.
 */
export interface Subjects {
  /** Records until `expiresAt` that a Request is about the Subject. */
  note(mac: string, requestId: string, expiresAt: Date): Promise<void>;
  requestsAbout(mac: string): Promise<Noted[]>;
  /** The hash of a Request's Subject; undefined after it was forgotten. */
  macOf(requestId: string): Promise<string | undefined>;
  /**
   * Claims the right to anonymize the Subject.
   * @param from the former holder, as read, when it has ended or died; the claim fails if the holder has changed since
   * @returns the holder if it is another Request
   */
  claim(mac: string, requestId: string, from?: Noted): Promise<Noted | undefined>;
  /** Releases the right; harmless when another Request holds it. */
  release(mac: string, requestId: string): Promise<void>;
  /**
   * Removes the records of these Requests. After the last one, no hash of the Subject is left (R15).
   * @param last the Request that repeats this call if it breaks off: `requestsAbout` loses it first, `macOf` loses it last
   */
  forget(mac: string, requestIds: readonly string[], last?: string): Promise<void>;
}

/** The text of a Subject that is hashed. Case and Unicode form do not matter, as in an anonymization. */
export const canonicalSubject = ({ kind, name }: Subject): string => `${kind}\n${composed(folded(composed(name)))}`;
