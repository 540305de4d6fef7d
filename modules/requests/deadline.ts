import { addDays, type Day, dayAt, daysBetween } from '../common/day-window.ts';
import type { Deadline, DeadlineChange } from './deadline-facts.ts';
import { DeadlineError } from './errors.ts';

/** How days are counted. Saturdays and Sundays are never working days. */
export interface DeadlineRules {
  /** IANA name of the company's time zone. */
  readonly zone: string;
  readonly holidays: readonly Day[];
}

/** A new deadline, counted from the day on which the person asked. */
export function startDeadline(receivedAt: string, rules: DeadlineRules): Deadline {
  const dates = { receivedAt, zone: rules.zone, pauses: [] };
  return { ...dates, dueAt: dueAtOf(dates, rules) };
}

/**
 * The last second of the last day: one month after the day of receipt plus the extension (or the last day of a shorter
 * month), plus the days of all pauses, moved to the next working day.
 * Source: GDPR Art. 12(3); Regulation (EEC, Euratom) 1182/71 Art. 3(1), (2)(c) and (4); EDPB Guidelines 01/2022 5.3.
 */
export function dueAtOf({ receivedAt, pauses, extension }: Omit<Deadline, 'dueAt'>, rules: DeadlineRules): string {
  const pausedDays = pauses.reduce((days, { from, to }) => (to ? days + daysOver(from, to, rules.zone) : days), 0);
  const month = addMonths(dayAt(new Date(receivedAt), rules.zone), 1 + (extension?.months ?? 0));
  return lastSecond(nextWorkingDay(addDays(month, pausedDays), rules.holidays), rules.zone);
}

/** @throws {DeadlineError} it is paused already, is not paused, was extended before, or is over */
export function changeDeadline(deadline: Deadline, change: DeadlineChange, now: Date, rules: DeadlineRules): Deadline {
  const at = now.toISOString();
  const paused = deadline.pauses.find(({ to }) => to === undefined);
  const moved = (changed: Deadline): Deadline => ({ ...changed, zone: rules.zone, dueAt: dueAtOf(changed, rules) });
  if (change.action === 'resume') {
    if (!paused) throw new DeadlineError('is not paused');
    const pauses = deadline.pauses.map((pause) => (pause === paused ? { ...pause, to: at } : pause));
    return moved({ ...deadline, pauses });
  }
  if (!paused && at > deadline.dueAt) throw new DeadlineError('is over');
  if (change.action === 'pause') {
    if (paused) throw new DeadlineError('is paused already');
    return { ...deadline, pauses: [...deadline.pauses, { from: at, reason: change.reason }] };
  }
  if (deadline.extension) throw new DeadlineError('was extended before, which can be done once');
  return moved({ ...deadline, extension: { months: change.months ?? 2, reason: change.reason, at } });
}

/** Days left in the zone of the deadline: 0 on its last day, less after it. While it is paused: the days at that moment. */
export function daysLeft({ dueAt, pauses, zone = 'UTC' }: Pick<Deadline, 'dueAt' | 'pauses' | 'zone'>, now: Date) {
  const paused = pauses.find(({ to }) => to === undefined);
  return daysOver(paused?.from ?? now.toISOString(), dueAt, zone);
}

/**
 * The warning that is due now and was not sent yet; of several the most urgent. A paused deadline has none. An id is sent once, and
 * changes with the deadline. @param warnDays how many days before the deadline a warning is sent
 */
export function dueWarning(deadline: Deadline, now: Date, warnDays: readonly number[]) {
  const { dueAt, pauses, warned = [] } = deadline;
  const days = daysLeft(deadline, now);
  const reached = days < 0 ? 0 : Math.min(...warnDays.filter((each) => days <= each));
  if (pauses.some(({ to }) => to === undefined) || !Number.isFinite(reached)) return undefined;
  const kind = days < 0 ? 'overdue' : 'due';
  const id = `${kind}-${reached}@${dueAt}`;
  return warned.includes(id) ? undefined : { id, kind, days };
}

const daysOver = (from: string, to: string, zone: string): number =>
  daysBetween(dayAt(new Date(from), zone), dayAt(new Date(to), zone));

/** The same day of a later month, or the last day of a shorter month. */
function addMonths(day: Day, months: number): Day {
  const [year, month, date] = day.split('-').map(Number);
  const lastOfMonth = new Date(Date.UTC(year!, month! - 1 + months + 1, 0));
  return new Date(lastOfMonth.setUTCDate(Math.min(date!, lastOfMonth.getUTCDate()))).toISOString().slice(0, 10);
}

function nextWorkingDay(day: Day, holidays: readonly Day[]): Day {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  const free = weekday === 0 || weekday === 6 || holidays.includes(day);
  return free ? nextWorkingDay(addDays(day, 1), holidays) : day;
}

export const startOfDay = (day: Day, zone: string): string =>
  new Date(Date.parse(lastSecond(addDays(day, -1), zone)) + 1000).toISOString();

/** The last second of a day in a zone, found by search, because a change of the clock may skip midnight. */
function lastSecond(day: Day, zone: string): string {
  let within = Date.parse(`${day}T00:00:00Z`) / 1000 - 86_400;
  let after = within + 4 * 86_400;
  while (after - within > 1) {
    const middle = Math.floor((within + after) / 2);
    if (dayAt(new Date(middle * 1000), zone) <= day) within = middle;
    else after = middle;
  }
  return new Date(within * 1000).toISOString();
}
