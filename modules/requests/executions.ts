import type { RequestKind } from './subject.ts';

/** Requests with possible work left. The list may lag behind by a moment. */
export interface OpenRequests {
  /** Ids, oldest first. */
  list(): AsyncIterable<string>;
  remove(requestId: string): Promise<void>;
}

/** `unknown`: it was never started, or Step Functions has deleted it. */
export type ExecutionState = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'unknown';

/** Executions of the state machines. The input is only `{requestId, attempt}` (docs/decisions/0020). */
export interface Executions {
  start(kind: RequestKind, requestId: string, attempt: number): Promise<void>;
  /** Stopping one that has ended is harmless. */
  stop(kind: RequestKind, requestId: string, attempt: number): Promise<void>;
}

export interface KnownExecutions extends Executions {
  find(kind: RequestKind, requestId: string, attempt: number): Promise<ExecutionState>;
}
