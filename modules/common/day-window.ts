import * as z from 'zod';

/** A calendar date, `YYYY-MM-DD`. */
export type Day = string;

/** Days from `from` (included) to `to` (excluded), in the Engine's zone. */
export const DayWindow = z.strictObject({ from: z.string(), to: z.string() });
export type DayWindow = Readonly<z.infer<typeof DayWindow>>;

const DAY_MS = 86_400_000;
const toMs = (day: Day): number => Date.parse(`${day}T00:00:00Z`);

export const addDays = (day: Day, count: number): Day =>
  new Date(toMs(day) + count * DAY_MS).toISOString().slice(0, 10);

/** The instant `days` times 24 hours later. */
export const daysAfter = (from: Date, days: number): Date => new Date(from.getTime() + days * DAY_MS);

export const daysBetween = (from: Day, to: Day): number => Math.round((toMs(to) - toMs(from)) / DAY_MS);

/** By zone; `undefined` for one that is not known. A format takes a hundred times as long to make as to use. */
const formats = new Map<string, Intl.DateTimeFormat | undefined>();

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  } catch {
    return undefined;
  }
}

export const isTimeZone = (zone: string): boolean => formatOf(zone) !== undefined;

/** `YYYY-MM-DD hh:mm:ss` at `instant` in an IANA zone; in UTC when the zone is not known. */
export function timeAt(instant: Date, timezone: string): string {
  if (!formats.has(timezone)) formats.set(timezone, formatOf(timezone));
  return formats.get(timezone)?.format(instant) ?? instant.toISOString().slice(0, 19).replace('T', ' ');
}

/** The date at `instant` in an IANA zone; in UTC when the zone is not known. */
export const dayAt = (instant: Date, timezone: string): Day => timeAt(instant, timezone).slice(0, 10);

/** All days that a Request covers: `daysBack` days and the day of its start (docs/decisions/0021). */
export const wholeSpan = (frozenDay: Day, daysBack: number): DayWindow => ({
  from: addDays(frozenDay, -daysBack),
  to: addDays(frozenDay, 1),
});

export const widen = ({ from, to }: DayWindow, days: number): DayWindow =>
  days === 0 ? { from, to } : { from: addDays(from, -days), to: addDays(to, days) };

/** True for a day of the window, and where none can be read. The first and the last window have what is outside of the span, too. */
export const isWithin = (day: Day | undefined, { from, to }: DayWindow, span: DayWindow): boolean =>
  day === undefined || ((day >= from || from === span.from) && (day < to || to === span.to));

/** Two halves, the earlier one first; `undefined` for a single day. */
export function halve({ from, to }: DayWindow): [DayWindow, DayWindow] | undefined {
  const days = daysBetween(from, to);
  if (days < 2) return undefined;
  const middle = addDays(from, Math.floor(days / 2));
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/;

/** True for an existing date, written `YYYY-MM-DD`. */
export const isDay = (text: string): text is Day =>
  text.length === 10 && ISO_DAY.test(text) && new Date(toMs(text)).getUTCDate() === Number(text.slice(8));

/** The date at the start of an Engine's time stamp; `undefined` in another format. */
export const dayOf = (stamp: string): Day | undefined => {
  const day = stamp.slice(0, 10);
  return isDay(day) ? day : undefined;
};
