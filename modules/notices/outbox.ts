import type { Letter, Target } from './message.ts';
import type { Notice } from './notice.ts';

/** A Request whose audit trail holds something that nobody outside was told of. */
export interface Untold {
  readonly requestId: string;
  /** Number of the last entry that was told of; 0 for none. */
  readonly toldSeq: number;
  /** Number of the newest entry that is to be. */
  readonly newestSeq: number;
}

/** What is to be told outside, and to whom (DynamoDB `requests`). The lists may lag behind by a moment. */
export interface Outbox {
  /** Requests and letters whose time has come, oldest first. */
  due(now: Date): AsyncIterable<Untold | Letter>;
  /** Writes the letters of a notice. A repeat is harmless: a letter is written once. */
  write(notice: Notice, targets: readonly Target[], now: Date): Promise<void>;
  /** Notes that every entry up to the newest is told of; harmless when a newer one has come meanwhile. */
  markTold(untold: Untold): Promise<void>;
  /**
   * Takes a letter up, for as long as a try may last; then others may.
   * @returns false when another has
   */
  takeUp(letter: Letter, until: Date): Promise<boolean>;
  /** Lays a letter back that was taken up. */
  postpone(letter: Letter, until: Date): Promise<void>;
  /** Ends a letter. It is kept for a month, so that it is not written again. */
  close(letter: Letter, how: 'sent' | 'given-up', now: Date): Promise<void>;
}

export const isLetter = (due: Untold | Letter): due is Letter => 'notice' in due;
