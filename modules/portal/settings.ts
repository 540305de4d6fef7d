import * as z from 'zod';
import { OwnArchives } from '../archive/settings.ts';

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write it as HH:MM');

/** A daily period in the Portal's zone; it may pass midnight. */
export const NightlyJob = z.strictObject({ from: TimeOfDay, to: TimeOfDay });
export type NightlyJob = Readonly<z.infer<typeof NightlyJob>>;

/** Settings of an anonymization in the Portal database. */
export const PortalPolicy = z.strictObject({
  /** The name in comments, definitions, partition bounds or names of objects: end the run, or continue and certify it as kept. */
  unreachable: z.enum(['refuse', 'retain']).default('retain'),
  /** How to check that no other row changed: compare each by hash, or count all. */
  controls: z.enum(['full', 'totals']).default('full'),
  /** `plain` leaves bytes of old rows until they are overwritten; `full` rewrites and locks each changed table. */
  vacuum: z.enum(['plain', 'full']).default('plain'),
  /** What to do with mentions in columns of text where a request does not say it. */
  mentions: z.strictObject({ default: z.enum(['keep', 'change']).default('keep') }).prefault({}),
  ownArchives: OwnArchives.default('delete'),
  /** Longest wait for a lock, and longest statement, seconds. */
  lockSeconds: z.int().min(1).max(600).default(30),
  statementSeconds: z.int().min(1).max(840).default(600),
  /** Days in which a committed run that cannot be verified is tried again with growing waits; then once a day. */
  verifyDays: z.int().min(1).max(90).default(7),
});
export type PortalPolicy = Readonly<z.infer<typeof PortalPolicy>>;

/** Connection of one role to the Portal database, from its secret. `ca` (PEM): the CA that TLS is checked against. */
export const PortalConnection = z.object({
  host: z.string().min(1),
  port: z.coerce.number().int().min(1).max(65_535),
  database: z.string().min(1),
  username: z.string().min(1),
  password: z.string().min(1),
  ca: z.string().optional(),
});
export type PortalConnection = Readonly<z.infer<typeof PortalConnection>>;
