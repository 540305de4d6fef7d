import * as z from 'zod';
import type { LifecyclePolicy } from './policy.ts';

/** Whether another person has to approve, and how long that one, or a login, is waited for. */
export const ApprovalSettings = z.strictObject({
  anonymize: z.enum(['none', 'required']).default('none'),
  retrieve: z.enum(['none', 'required']).default('none'),
  /** A Request that nobody approved expires after so many days. */
  days: z.int().min(1).max(30).default(14),
});

/** Whether a Request may begin without a login, and how long it is waited for then, or after an approval. */
export const LoginSettings = z.strictObject({
  later: z.enum(['refused', 'allowed']).default('refused'),
  /** A Request that nobody logged in for expires after so many days. */
  days: z.int().min(1).max(30).default(7),
});

const isTimeZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
};

/** IANA name of a zone. */
export const TimeZone = z.string().refine(isTimeZone, 'is no IANA time zone');

/** How the legal term is counted. */
export const DeadlineSettings = z.strictObject({
  /** Zone in which the company's days begin and end. */
  timeZone: TimeZone.default('UTC'),
  /** Public holidays where the company sits, `YYYY-MM-DD`; Saturdays and Sundays need not be named. */
  holidays: z.array(z.iso.date()).default([]),
  /** So many days before its end a warning is given. */
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
