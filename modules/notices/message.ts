import type { Notice } from './notice.ts';

/** Where a notice goes: one ticket, one webhook of the settings, or the event bus. */
export type Target =
  | { readonly kind: 'ticket'; readonly connectionId: string; readonly key: string }
  | { readonly kind: 'webhook'; readonly id: string }
  | { readonly kind: 'bus' };

/** One delivery of a notice to one target, until it is sent or given up. */
export interface Message {
  readonly key: { readonly pk: string; readonly sk: string };
  readonly notice: Notice;
  readonly target: Target;
  readonly tries: number;
  /** When it was written; its tries end a day later. ISO 8601 UTC. */
  readonly since: string;
}

/** `busy`: the target does not answer, so its other messages wait too. `refused`: no further try. `gone`: it has unsubscribed. */
export type Delivery =
  | { readonly kind: 'sent' }
  | { readonly kind: 'later'; readonly error: string; readonly retryAfter?: number; readonly busy: boolean }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'gone' };

/** Delivers a notice. @param again an earlier try may have arrived */
export type Channel = (notice: Notice, again: boolean, signal: AbortSignal) => Promise<Delivery>;

export interface Channels {
  /** Targets of every Request, besides its own ticket. */
  readonly everywhere: readonly Target[];
  /** @returns nothing for a target that has unsubscribed or is no longer in the settings */
  of(target: Target): Channel | undefined;
  unsubscribe(target: Target): Promise<void>;
}

/** Messages with the same id are delivered one after the other. */
export const channelIdOf = (target: Target): string =>
  target.kind === 'ticket'
    ? `ticket:${target.connectionId}`
    : target.kind === 'webhook'
      ? `webhook:${target.id}`
      : target.kind;

/** After this time a try has died with its function. */
const MAX_TRY_MS = 5 * 60_000;

/** End of the claim of a try that begins now. */
export const triesUntil = (now: Date): Date => new Date(now.getTime() + MAX_TRY_MS);

const LAST_TRY_MS = 24 * 3_600_000;
const FIRST_SPAN_MS = 60_000;
const MAX_SPAN_MS = 2 * 3_600_000;

/**
 * When a message is tried again: within a span that doubles with each try (full jitter), not before `retryAfter` seconds, and for
 * the last time a day after it was written. @param random from 0 (included) to 1 @returns nothing when it is given up
 */
export function nextTry(
  { tries, since }: Pick<Message, 'tries' | 'since'>,
  now: Date,
  retryAfter: number | undefined,
  random: () => number,
): Date | undefined {
  const lastMs = Date.parse(since) + LAST_TRY_MS;
  if (now.getTime() >= lastMs) return undefined;
  const earliestMs = now.getTime() + Math.min((retryAfter ?? 0) * 1000, LAST_TRY_MS);
  const spanMs = Math.min(MAX_SPAN_MS, FIRST_SPAN_MS * 2 ** (tries - 1));
  return new Date(Math.max(earliestMs, Math.min(lastMs, earliestMs + random() * spanMs)));
}

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
  postpone(message: Message, until: Date): Promise<void>;
  /** Ends a message. It is kept for a month, so that it is not written again. */
  close(message: Message, how: 'sent' | 'given-up', now: Date): Promise<void>;
}

export const isMessage = (due: Unreported | Message): due is Message => 'notice' in due;
