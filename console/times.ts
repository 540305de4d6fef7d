import { element } from './dom.ts';

const DAY_MS = 86_400_000;

/** An instant (ISO 8601 UTC) as the page writes it: `2026-12-02 23:59 UTC`. */
export const timeText = (instant: string): string => `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;

/** The same as an element that machines read too. */
export function timeElement(instant: string): HTMLTimeElement {
  const made = element('time', timeText(instant));
  made.dateTime = instant;
  return made;
}

/** How far the last second of a day is away: `8 days left`, `1 day left`, `due today`, `overdue by 2 days`. */
export function daysLeftText(dueAt: string, now: Date): string {
  const days = Math.floor((Date.parse(dueAt) - now.getTime()) / DAY_MS);
  if (days === 0) return 'due today';
  return days > 0 ? `${daysText(days)} left` : `overdue by ${daysText(-days)}`;
}

const daysText = (days: number): string => `${days} ${days === 1 ? 'day' : 'days'}`;
