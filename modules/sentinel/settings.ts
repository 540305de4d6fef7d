import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';
import type { RetentionDays } from '../proof/settings.ts';

const Hours = z.number().min(0).max(8760);

/** Whether names that were anonymized are looked for afterwards; off unless it is switched on (R15). */
export const SentinelPolicy = z.strictObject({
  enabled: z.boolean().default(false),
  /** A name that came back: `alarm`: the log and the audit trail tell; `comment`: outside too; `anonymize`: and it is anonymized again. */
  followUp: z.enum(['alarm', 'comment', 'anonymize']).default('alarm'),
  /** The first scans, hours after the anonymization; then one each `everyHours`. */
  scanHours: z.array(Hours).max(20).default([1, 24, 168]),
  everyHours: Hours.default(168),
  /** Added to the longest of `retention.engineDays` and `retention.backupDays`. */
  marginDays: z.int().min(0).max(365).default(7),
  /** Maximum names that one scan compares. */
  namesPerScan: z.int().min(1000).max(5_000_000).default(200_000),
});

export type SentinelPolicy = ReadonlyDeep<z.infer<typeof SentinelPolicy>>;

/** Whether it is known until when a name may come back, where that is asked. */
export function knowsLedgerEnd({
  sentinel,
  retention,
}: {
  readonly sentinel: SentinelPolicy;
  readonly retention: RetentionDays;
}): boolean {
  return !sentinel.enabled || (retention.engineDays !== undefined && retention.backupDays !== undefined);
}
