import * as z from 'zod';
import { isTimeZone } from '../common/day-window.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';

/** Whether a second person must approve, and how long a Request waits for that. */
export const ApprovalSettings = z.strictObject({
  anonymize: z.enum(['none', 'required']).default('none'),
  retrieve: z.enum(['none', 'required']).default('none'),
  /** A Request without approval expires after this number of days. */
  days: z.int().min(1).max(30).default(14),
});
export type ApprovalSettings = ReadonlyDeep<z.infer<typeof ApprovalSettings>>;

/** Whether an anonymization needs the plan hash of a preview. */
export const PreviewRule = z.enum(['optional', 'required']);
export type PreviewRule = z.infer<typeof PreviewRule>;

/** Whether a Request may begin without a login, and how long it waits for one. */
export const LoginSettings = z.strictObject({
  later: z.enum(['refused', 'allowed']).default('refused'),
  /** A Request without login expires after this number of days. */
  days: z.int().min(1).max(30).default(7),
});
export type LoginSettings = ReadonlyDeep<z.infer<typeof LoginSettings>>;

/** How removals of devices are checked. */
export const RemovalSettings = z.strictObject({
  /** The service account looks for the device again after this number of hours. */
  everyHours: z.int().min(0).max(168).default(6),
  /** A removal expires after this number of days. */
  days: z.int().min(1).max(365).default(60),
});
export type RemovalSettings = ReadonlyDeep<z.infer<typeof RemovalSettings>>;

export const TimeZone = z.string().refine(isTimeZone, 'is not an IANA time zone');

/** How the deadline is counted. */
export const DeadlineSettings = z.strictObject({
  /** Time zone in which the company's days begin and end. */
  timeZone: TimeZone.default('UTC'),
  /** Public holidays where the company sits, `YYYY-MM-DD`; Saturdays and Sundays need not be named. */
  holidays: z.array(z.iso.date()).default([]),
  /** A warning is given this many days before the deadline. */
  warnDays: z.array(z.int().min(1).max(30)).default([7, 2]),
});
export type DeadlineSettings = ReadonlyDeep<z.infer<typeof DeadlineSettings>>;
