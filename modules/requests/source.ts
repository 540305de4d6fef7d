import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';

/** Where data is retrieved from (R2). */
export const Source = z.enum(['engine', 'portal']);
export type Source = z.infer<typeof Source>;

/** One Engine from the Portal's List Engines API. Source: docs/nexthink-portal.md */
export const Engine = z.strictObject({
  /** `databaseUID`: stable over renames; safe in object keys (`[A-Za-z0-9_-]+`). */
  engineId: z.string(),
  name: z.string(),
  /** `DISCONNECTED` and `CONNECTING` are other values: such an Engine counts as missing (R5). */
  status: z.string().describe('`CONNECTED`, or why it cannot be queried'),
  address: z.string(),
  /** IANA name reported by the Engine; `UTC` when it reports none that is known. */
  timezone: z.string(),
  version: z.string(),
});
export type Engine = ReadonlyDeep<z.infer<typeof Engine>>;

/** State of one Engine or of the Portal in a Request. `EMPTY`: it answered and holds nothing. */
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
