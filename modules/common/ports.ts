/** The current time. A port, so that tests can set it. */
export interface Clock {
  now(): Date;
}

/** Waits, and rejects when aborted. A port, so that tests need not wait. */
export type Pause = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** What a log line may hold: ids, names of states and errors, counts (R24). */
export interface LogFields {
  readonly requestId?: string;
  readonly attempt?: number;
  readonly engineId?: string;
  readonly sourceId?: string;
  readonly state?: string;
  readonly error?: string;
  readonly file?: string;
  /** Names of fields, never their values. */
  readonly field?: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly milliseconds?: number;
  readonly status?: number;
  readonly count?: number;
  /** SHA-256 of an audit anchor, hex. */
  readonly digest?: string;
}

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}
