import * as z from 'zod';

const Hours = z.number().min(0).max(8760);

/** Whether names that were anonymized are looked for afterwards; off unless it is switched on (R15). */
export const SentinelSettings = z.strictObject({
  enabled: z.boolean().default(false),
  /** What becomes of a name that came back. */
  followUp: z.enum(['alarm', 'comment', 'anonymize']).default('alarm'),
  /** The first scans, hours after the anonymization; then one each `everyHours`. */
  scanHours: z.array(Hours).max(20).default([1, 24, 168]),
  everyHours: Hours.default(168),
  /** Added to the longest of `retention.engineDays` and `retention.backupDays`. */
  marginDays: z.int().min(0).max(365).default(7),
  namesPerScan: z.int().min(1000).max(5_000_000).default(200_000),
});

/** Whether it is known until when a name may come back, where that is asked. */
export function knowsLedgerEnd({
  sentinel,
  retention,
}: {
  readonly sentinel: z.infer<typeof SentinelSettings>;
  readonly retention: { readonly engineDays?: number | undefined; readonly backupDays?: number | undefined };
}): boolean {
  return !sentinel.enabled || (retention.engineDays !== undefined && retention.backupDays !== undefined);
}
