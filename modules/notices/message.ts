import type { Notice } from './notice.ts';

/** To whom a notice goes: one ticket, one webhook of the settings, or the event bus. */
export type Target =
  | { readonly kind: 'ticket'; readonly connectionId: string; readonly key: string }
  | { readonly kind: 'webhook'; readonly id: string }
  | { readonly kind: 'bus' };

/** Where a letter is stored. */
interface LetterKey {
  readonly pk: string;
  readonly sk: string;
}

/** One notice for one target, until it is delivered or given up. */
export interface Letter {
  readonly key: LetterKey;
  readonly notice: Notice;
  readonly target: Target;
  /** How often it was taken up. */
  readonly tries: number;
  /** When it was written; its tries end a day later. ISO 8601 UTC. */
  readonly since: string;
}

/**
 * How a try ended. `later`: worth another one, after `retryAfter` seconds if told; `busy` when the target itself is away, so
 * that its other letters need not be tried now. `refused`: never to be taken. `gone`: the target wants nothing any more.
 */
export type Delivery =
  | { readonly kind: 'sent' }
  | { readonly kind: 'later'; readonly error: string; readonly retryAfter?: number; readonly busy: boolean }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'gone' };

/** What takes letters to one target. */
export interface Outlet {
  /** @param again it was taken up before, and may have arrived */
  deliver(notice: Notice, again: boolean, signal: AbortSignal): Promise<Delivery>;
}

/** The way to each target, as the settings are now. */
export interface Outlets {
  /** Targets of every Request, besides its own ticket. */
  readonly everywhere: readonly Target[];
  /** @returns nothing for a target that is no longer in the settings, or was put off */
  of(target: Target): Outlet | undefined;
  /** Puts off a target that wants nothing any more. */
  putOff(target: Target): Promise<void>;
}

/** Letters to who shares this go through one outlet, one after the other. */
export const outletIdOf = (target: Target): string =>
  target.kind === 'ticket'
    ? `ticket:${target.connectionId}`
    : target.kind === 'webhook'
      ? `webhook:${target.id}`
      : target.kind;

const LAST_TRY_MS = 24 * 3_600_000;
const FIRST_SPAN_MS = 60_000;
const MAX_SPAN_MS = 2 * 3_600_000;

/**
 * When a letter is tried again: at a draw from a span that doubles with each try (full jitter), after the rest that the
 * target asked for, and a last time a day after it was written.
 * @param retryAfter seconds
 * @param random from 0 (included) to 1
 * @param longestMs so long after it was written comes the last try
 * @returns nothing when it is given up
 */
export function nextTry(
  { tries, since }: Pick<Letter, 'tries' | 'since'>,
  now: Date,
  retryAfter: number | undefined,
  random: () => number,
  longestMs = LAST_TRY_MS,
): Date | undefined {
  const lastMs = Date.parse(since) + longestMs;
  if (now.getTime() >= lastMs) return undefined;
  const restedMs = now.getTime() + Math.min((retryAfter ?? 0) * 1000, LAST_TRY_MS);
  const spanMs = Math.min(MAX_SPAN_MS, FIRST_SPAN_MS * 2 ** (tries - 1));
  return new Date(Math.max(restedMs, Math.min(lastMs, restedMs + random() * spanMs)));
}
