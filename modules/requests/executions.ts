import type { RequestKind } from './subject.ts';

/** Requests of which something may be left to do; the list may lag behind by a moment. */
export interface OpenRequests {
  /** Ids, oldest first. */
  list(): AsyncIterable<string>;
  /** Takes one off the list for good. */
  putAway(requestId: string): Promise<void>;
}

/** `unknown`: it was never started, or is forgotten by now. */
export type ExecutionState = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'unknown';

/** Executions of the state machines. Input is `{requestId, attempt}` and nothing else (docs/decisions/0020). */
export interface Executions {
  start(kind: RequestKind, requestId: string, attempt: number): Promise<void>;
  /** Stopping one that has ended is harmless. */
  stop(kind: RequestKind, requestId: string, attempt: number): Promise<void>;
}

/** Executions that can be looked up, too. */
export interface KnownExecutions extends Executions {
  find(kind: RequestKind, requestId: string, attempt: number): Promise<ExecutionState>;
}
