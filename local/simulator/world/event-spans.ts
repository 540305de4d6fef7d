import type { Random } from './random.ts';
import type { Zone } from './zone.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** When an event began, and how long it lasted. `sample`: it is THE sample user's on the sample device. */
interface EventSpan {
  /** Milliseconds since 1970 UTC, whole seconds. */
  readonly start: number;
  readonly seconds: number;
  readonly sample: boolean;
}

/** Where spans are drawn: `extended` tables have events with an end. */
interface SpanContext {
  readonly zone: Zone;
  readonly now: number;
  readonly random: Random;
  readonly extended: boolean;
  readonly ancient: boolean;
}

/**
 * Draws when the events of a table were, oldest first: mostly in the last 30 days, a few up to 90 back, some across
 * midnight. From six events on there is one at a midnight to the second, one a second before a midnight and one that
 * lasts for three days.
 */
export function drawSpans(count: number, context: SpanContext): EventSpan[] {
  const marked = count < 6 ? [] : markedSpans(context);
  const spans = Array.from({ length: count }, (_, index) => marked[index] ?? drawSpan(context));
  return spans.sort((a, b) => a.start - b.start);
}

/** Spans at which windows of days are likely to go wrong. */
function markedSpans({ zone, now, extended, ancient }: SpanContext): EventSpan[] {
  const span = (start: number, seconds: number): EventSpan => {
    const most = Math.max(0, Math.floor((now - start) / 1000));
    return { start, seconds: extended ? Math.min(seconds, most) : 0, sample: true };
  };
  const spans = [
    span(zone.midnight(now, -2), 1800),
    span(zone.midnight(now, -1) - 1000, 2),
    span(zone.midnight(now, -6) + 20 * HOUR, 3 * 24 * 3600),
  ];
  const start = zone.midnight(now, -410) + HOUR;
  return ancient && extended ? [...spans, span(start, Math.floor((now - 3 * DAY - start) / 1000))] : spans;
}

function drawSpan({ random, zone, now, extended }: SpanContext): EventSpan {
  const back = random.chance(0.92) ? random.below(30 * DAY) : 30 * DAY + random.below(60 * DAY);
  let start = now - back;
  let seconds = random.chance(0.02) ? random.below(40 * 3600) : random.below(3000);
  if (random.chance(0.03)) {
    start = zone.midnight(start) - random.below(2) * random.below(HOUR);
    seconds = 3600 + random.below(3600);
  }
  start = Math.floor(start / 1000) * 1000;
  const most = Math.max(0, Math.floor((now - start) / 1000));
  return { start, seconds: extended ? Math.min(seconds, most) : 0, sample: false };
}
