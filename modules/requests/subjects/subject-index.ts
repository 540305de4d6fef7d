import { composed, folded } from '../../common/case-folding.ts';
import type { Subject } from '../subject.ts';

/** A Request that is kept with a Subject, and since when (ISO 8601). */
export interface Noted {
  readonly requestId: string;
  readonly since: string;
}

/** Whether something was noted longer ago than that, milliseconds. */
export const isOlder = ({ since }: Noted, now: Date, ms: number): boolean => !(now.getTime() - Date.parse(since) < ms);

/**
 * Which Requests are about one Subject, told apart by a keyed hash of its name: to point to duplicates, to let one
 * anonymization run at a time, and to find what was retrieved before. It lies where the sealed names do: no backup.
 */
export interface Subjects {
  /** Remembers, until then, that a Request is about the Subject. */
  note(mac: string, requestId: string, expiresAt: Date): Promise<void>;
  requestsAbout(mac: string): Promise<Noted[]>;
  /** The Subject of a Request; nothing once it was forgotten. */
  macOf(requestId: string): Promise<string | undefined>;
  /**
   * Takes the right to anonymize the Subject.
   * @param from who had it, as read, when it is taken from one that has ended or died; not taken if that has changed since
   * @returns who has it, when another does
   */
  claim(mac: string, requestId: string, from?: Noted): Promise<Noted | undefined>;
  /** Gives the right back; harmless when another has it. */
  release(mac: string, requestId: string): Promise<void>;
  /**
   * Removes that these Requests are about the Subject: with the last of them every hash of it is gone (R15).
   * @param last of them, which goes on with it when it was cut short: `requestsAbout` lacks it from the first moment, `macOf`
   *   knows it to the last
   */
  forget(mac: string, requestIds: readonly string[], last?: string): Promise<void>;
}

/** What is hashed of a Subject: its kind and its name, however it was capitalised or composed; as an anonymization matches it. */
export const canonicalSubject = ({ kind, name }: Subject): string => `${kind}\n${composed(folded(composed(name)))}`;
