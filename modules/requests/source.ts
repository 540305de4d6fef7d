import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';

/** Where data is asked for (R2). */
export const Source = z.enum(['engine', 'portal']);
export type Source = z.infer<typeof Source>;

/** One Engine as the Portal's List Engines API tells of it. Source: docs/nexthink-portal.md */
export const Engine = z.strictObject({
  /** `databaseUID`: stable over renames; safe in object keys (`[A-Za-z0-9_-]+`). */
  engineId: z.string(),
  name: z.string(),
  /** `DISCONNECTED` and `CONNECTING` are other values: such an Engine counts as missing (R5). */
  status: z.string().describe('`CONNECTED`, or why it cannot be queried'),
  address: z.string(),
  /** IANA name as the Engine tells it; `UTC` when it tells none that is known. */
  timezone: z.string(),
  version: z.string(),
});
export type Engine = ReadonlyDeep<z.infer<typeof Engine>>;

/** What is known of one Engine's, or the Portal's, share of a Request. `EMPTY`: it answered and holds nothing. */
export const SourceState = z.enum([
  'PENDING',
  'RUNNING',
  'DONE',
  'EMPTY',
  'NO_LICENCE',
  'UNREACHABLE',
  'TLS_FAILED',
  'AUTH_FAILED',
  'TIMED_OUT',
  'REJECTED_QUERY',
  'FAILED',
  'CANCELLED',
]);
export type SourceState = z.infer<typeof SourceState>;
