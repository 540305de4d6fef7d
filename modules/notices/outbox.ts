import type { Message, Target } from './message.ts';
import type { Notice } from './notice.ts';

/** A Request whose audit trail holds entries that are not reported yet. */
export interface Unreported {
  readonly requestId: string;
  /** Number of the last entry that was reported; 0 for none. */
  readonly reportedSeq: number;
  /** Number of the newest entry that is to be reported. */
  readonly newestSeq: number;
}

/** Messages to systems outside (DynamoDB `requests`). The lists may lag behind by a moment. */
export interface Outbox {
  /** Requests and messages whose time has come, oldest first. */
  due(now: Date): AsyncIterable<Unreported | Message>;
  /** Writes the messages of a notice. A repeat is harmless: a message is written once. */
  write(notice: Notice, targets: readonly Target[], now: Date): Promise<void>;
  /** Records that every entry up to the newest is reported; has no effect when a newer one was added meanwhile. */
  markReported(unreported: Unreported): Promise<void>;
  /** Claims a message for as long as a try may last. @returns false when another worker has claimed it */
  claim(message: Message, until: Date): Promise<boolean>;
  /** Releases a claimed message until the given time. */
  postpone(message: Message, until: Date): Promise<void>;
  /** Ends a message. It is kept for a month, so that it is not written again. */
  close(message: Message, how: 'sent' | 'given-up', now: Date): Promise<void>;
}

export const isMessage = (due: Unreported | Message): due is Message => 'notice' in due;
