/** Time from outside, so that tests can set it. */
export interface Clock {
  now(): Date;
}

/** Waits for so many milliseconds, less when aborted: then it rejects. Given from outside, so that tests need not wait. */
export type Pause = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** What a log line may hold: ids, names of states and errors, counts. Nothing else gets through (R24). */
export interface LogFields {
  readonly requestId?: string;
  readonly attempt?: number;
  readonly engineId?: string;
  readonly sourceId?: string;
  readonly state?: string;
  readonly error?: string;
  readonly file?: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly milliseconds?: number;
  readonly status?: number;
  readonly count?: number;
  /** SHA-256 of an anchor of audit trails, hex. */
  readonly digest?: string;
}

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}
