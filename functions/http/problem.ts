/** RFC 9457 problem details; `errors` point into the body with JSON pointers (RFC 6901). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The Request that is in the way. */
  readonly requestId?: string;
  /** Seconds after which the same call may do better. */
  readonly retryAfter?: number;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}
