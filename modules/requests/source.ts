/** Where data is asked for (R2). */
export type Source = 'engine' | 'portal';

/** One Engine as the Portal's List Engines API tells of it. Source: docs/nexthink-portal.md */
export interface Engine {
  /** `databaseUID`: stable over renames; safe in object keys (`[A-Za-z0-9_-]+`). */
  readonly engineId: string;
  readonly name: string;
  /** `CONNECTED`, `DISCONNECTED` or `CONNECTING`; anything but the first counts as missing (R5). */
  readonly status: string;
  readonly address: string;
  /** IANA name as the Engine tells it; `UTC` when it tells none that is known. */
  readonly timezone: string;
  readonly version: string;
}

/** What is known of one Engine's, or the Portal's, share of a Request. `EMPTY`: it answered and holds nothing. */
export const SOURCE_STATES = [
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
] as const;

export type SourceState = (typeof SOURCE_STATES)[number];
