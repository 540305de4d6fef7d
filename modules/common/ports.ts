/** The current time. A port, so that tests can set it. */
export interface Clock {
  now(): Date;
}

/** Waits, and rejects when aborted. A port, so that tests need not wait. */
export type Pause = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** What a log line may hold: ids, names of states and errors, counts (R24). */
export const LOG_FIELDS = {
  requestId: 'string',
  attempt: 'number',
  engineId: 'string',
  sourceId: 'string',
  state: 'string',
  error: 'string',
  file: 'string',
  /** Names of fields, never their values. */
  field: 'string',
  rows: 'number',
  bytes: 'number',
  milliseconds: 'number',
  status: 'number',
  count: 'number',
  /** SHA-256 of an audit anchor, hex. */
  digest: 'string',
} as const;
type Fields = typeof LOG_FIELDS;
export type LogFields = { readonly [Field in keyof Fields]?: { string: string; number: number }[Fields[Field]] };

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}
