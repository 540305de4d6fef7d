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

/**
 * Refuses to start an anonymization during the Portal's nightly jobs.
 * @throws {NightlyJobsError} with the time from which it can start
 */
export function refuseDuringNightlyJobs(now: Date, nightly: NightlyJobs): void {
  const free = freeFrom(now, nightly);
  if (free.getTime() === now.getTime()) return;
  throw new NightlyJobsError(free.toISOString(), Math.ceil((free.getTime() - now.getTime()) / 1000));
}

/** The first time from `now` on at which an anonymization may start: `now` itself outside the nightly jobs. */
export function freeFrom(now: Date, { zone, jobs }: NightlyJobs): Date {
  let at = now;
  // Jobs may follow each other, and a change of the clock may lead back into one. With jobs all day, the loop ends.
  for (let round = 0; round < 2 * jobs.length + 2; round += 1) {
    const waits = jobs.map((job) => minutesLeft(minuteOfDay(at, zone), job));
    const wait = Math.max(0, ...waits);
    if (wait === 0) return at;
    const minute = Math.floor(at.getTime() / MINUTE_MS);
    at = new Date((minute + wait) * MINUTE_MS);
  }
  return at;
}

/** Minutes until the job's end; 0 outside the job. */
function minutesLeft(minute: number, { from, to }: NightlyJob): number {
  const start = minutesOf(from) - LEAD_MINUTES;
  const length = modulo(minutesOf(to) - start);
  const since = modulo(minute - start);
  return since < length ? length - since : 0;
}

const modulo = (minutes: number): number => ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;

const minutesOf = (time: string): number => {
  const [hours, minutes] = time.split(':').map(Number);
  return hours! * 60 + minutes!;
};

function minuteOfDay(at: Date, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return minutesOf(format.format(at));
}
