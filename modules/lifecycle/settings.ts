import * as z from 'zod';
import type { LifecyclePolicy } from './policy.ts';

/** Whether a second person must approve, and how long a Request waits for that. */
export const ApprovalSettings = z.strictObject({
  anonymize: z.enum(['none', 'required']).default('none'),
  retrieve: z.enum(['none', 'required']).default('none'),
  /** A Request without approval expires after this number of days. */
  days: z.int().min(1).max(30).default(14),
});

/** Whether a Request may begin without a login, and how long it waits for one. */
export const LoginSettings = z.strictObject({
  later: z.enum(['refused', 'allowed']).default('refused'),
  /** A Request without login expires after this number of days. */
  days: z.int().min(1).max(30).default(7),
});

const isTimeZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
};

/** IANA name of a time zone. */
export const TimeZone = z.string().refine(isTimeZone, 'is no IANA time zone');

/** How the deadline is counted. */
export const DeadlineSettings = z.strictObject({
  /** Time zone in which the company's days begin and end. */
  timeZone: TimeZone.default('UTC'),
  /** Public holidays where the company sits, `YYYY-MM-DD`; Saturdays and Sundays need not be named. */
  holidays: z.array(z.iso.date()).default([]),
  /** A warning is given this many days before the deadline. */
  warnDays: z.array(z.int().min(1).max(30)).default([7, 2]),
});

/** The policy that these settings make. */
export const policyOf = (
  settings: Pick<LifecyclePolicy, 'coUsers' | 'preview'> & {
    readonly portalTimeZone: string;
    readonly nightlyJobs: LifecyclePolicy['nightlyJobs']['jobs'];
    readonly approval: z.infer<typeof ApprovalSettings>;
    readonly login: z.infer<typeof LoginSettings>;
    readonly deadline: z.infer<typeof DeadlineSettings>;
  },
): LifecyclePolicy => ({
  coUsers: settings.coUsers,
  preview: settings.preview,
  nightlyJobs: { zone: settings.portalTimeZone, jobs: settings.nightlyJobs },
  approval: settings.approval,
  loginLater: settings.login.later,
  waitDays: { AWAITING_APPROVAL: settings.approval.days, AWAITING_LOGIN: settings.login.days },
  deadlineRules: { zone: settings.deadline.timeZone, holidays: settings.deadline.holidays },
});
