import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';

const Hours = z.number().min(0).max(8760);

/** Whether anonymized names are searched again; off by default (R15). */
export const SentinelPolicy = z.strictObject({
  enabled: z.boolean().default(false),
  /** For a name that came back. `alarm`: an entry in log and audit trail; `comment`: also a notice; `anonymize`: also another anonymization. */
  followUp: z.enum(['alarm', 'comment', 'anonymize']).default('alarm'),
  /** Hours from the anonymization to each of the first scans; then one every `everyHours`. */
  scanHours: z.array(Hours).max(20).default([1, 24, 168]),
  everyHours: Hours.default(168),
  /** Added to the longest of `retention.engineDays` and `retention.backupDays`. */
  marginDays: z.int().min(0).max(365).default(7),
  /** Maximum names that one scan compares. */
  namesPerScan: z.int().min(1000).max(5_000_000).default(200_000),
});

export type SentinelPolicy = ReadonlyDeep<z.infer<typeof SentinelPolicy>>;
