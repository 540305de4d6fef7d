import { NightlyJobsError } from './errors.ts';
import type { NightlyJob } from './settings.ts';

/** When an anonymization must not run. */
export interface NightlyJobs {
  /** IANA name of the Portal's zone. */
  readonly zone: string;
  readonly jobs: readonly NightlyJob[];
}

const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
/** No start this long before a job, because the run might overlap it: the maximum run time of the function. */
const LEAD_MINUTES = 15;

/** @throws {NightlyJobsError} the nightly jobs of the Portal have their time; it says from when a start is possible */
export function refuseDuringNightlyJobs(now: Date, nightly: NightlyJobs): void {
  const free = freeFrom(now, nightly);
  if (free.getTime() === now.getTime()) return;
  throw new NightlyJobsError(free.toISOString(), Math.ceil((free.getTime() - now.getTime()) / 1000));
}

/** The first minute from `now` on at which an anonymization may start: `now` itself outside the nightly jobs. */
export function freeFrom(now: Date, { zone, jobs }: NightlyJobs): Date {
  const there = { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const isBusy = (minute: number) =>
    jobs.some(({ from, to }) => {
      const start = minutesOf(from) - LEAD_MINUTES;
      return modulo(minute - start) < modulo(minutesOf(to) - start);
    });
  let at = now;
  // the clock may change meanwhile; with jobs all day, the loop ends
  for (let tried = 0; tried < 2 * DAY_MINUTES && isBusy(minutesOf(at.toLocaleTimeString('en-GB', there))); tried += 1)
    at = new Date((Math.floor(at.getTime() / MINUTE_MS) + 1) * MINUTE_MS);
  return at;
}

const modulo = (minutes: number): number => ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;

const minutesOf = (time: string): number => {
  const [hours, minutes] = time.split(':').map(Number);
  return hours! * 60 + minutes!;
};
