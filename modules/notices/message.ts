import type { Notice } from './notice.ts';

/** Where a notice goes: one ticket, one webhook of the settings, or the event bus. */
export type Target =
  | { readonly kind: 'ticket'; readonly connectionId: string; readonly key: string }
  | { readonly kind: 'webhook'; readonly id: string }
  | { readonly kind: 'bus' };

type MessageKey = { readonly pk: string; readonly sk: string };

/** One delivery of a notice to one target, until it is sent or given up. */
export interface Message {
  readonly key: MessageKey;
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

export interface Channel {
  /** @param again an earlier try may have arrived */
  deliver(notice: Notice, again: boolean, signal: AbortSignal): Promise<Delivery>;
}

export interface Channels {
  /** Targets of every Request, besides its own ticket. */
  readonly everywhere: readonly Target[];
  /** @returns nothing for a target that has unsubscribed or is no longer in the settings */
  of(target: Target): Channel | undefined;
  /** Remembers that a target wants no more messages. */
  unsubscribe(target: Target): Promise<void>;
}

/** Messages with the same id are delivered one after the other. */
export const channelIdOf = (target: Target): string =>
  target.kind === 'ticket'
    ? `ticket:${target.connectionId}`
    : target.kind === 'webhook'
      ? `webhook:${target.id}`
      : target.kind;

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
