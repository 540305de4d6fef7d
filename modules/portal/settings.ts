import * as z from 'zod';
import { OwnArchives } from '../archive/settings.ts';

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write it as HH:MM');

/** A stretch of every night in the Portal's zone; it may pass midnight. */
export const NightlyJob = z.strictObject({ from: TimeOfDay, to: TimeOfDay });
export type NightlyJob = Readonly<z.infer<typeof NightlyJob>>;

/** How an anonymization goes about the Portal database. */
export const PortalPolicy = z.strictObject({
  /** A name in comments, definitions, partition bounds or names of objects: end the run, or go on and certify it as kept. */
  unreachable: z.enum(['refuse', 'retain']).default('retain'),
  /** How it is made sure that no other row changed: each compared by hash, or all counted. */
  controls: z.enum(['full', 'totals']).default('full'),
  /** `plain` leaves bytes of old rows until they are written over; `full` writes each changed table anew, locked meanwhile. */
  vacuum: z.enum(['plain', 'full']).default('plain'),
  ownArchives: OwnArchives.default('delete'),
  /** Longest wait for a lock, and longest statement, seconds. */
  lockSeconds: z.int().min(1).max(600).default(30),
  statementSeconds: z.int().min(1).max(840).default(600),
});
export type PortalPolicy = Readonly<z.infer<typeof PortalPolicy>>;

/** One role's way into the Portal database, as its secret says. With `ca` (PEM) TLS is checked against it. */
export const PortalConnection = z.object({
  host: z.string().min(1),
  port: z.coerce.number().int().min(1).max(65_535),
  database: z.string().min(1),
  username: z.string().min(1),
  password: z.string().min(1),
  ca: z.string().optional(),
});
export type PortalConnection = Readonly<z.infer<typeof PortalConnection>>;
