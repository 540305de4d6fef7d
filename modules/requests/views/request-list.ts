import type { RequestRecord, RequestState } from '../record.ts';

/** Which Requests to list, newest first. */
export interface ListOptions {
  /** Only this Caller's; default: all. */
  readonly callerId?: string;
  readonly limit: number;
  /** Place of the last one on the page before: `<createdAt>#<requestId>`. */
  readonly cursor?: string;
  readonly state?: RequestState;
  readonly reference?: string;
}

/** Lists of Requests; they may lag behind by a moment. */
export interface RequestList {
  /** @returns `next`: cursor of the next page, absent at the end */
  list(question: ListOptions): Promise<{ readonly records: readonly RequestRecord[]; readonly next?: string }>;
  /** Number of a Caller's unfinished Requests created since then (ISO 8601). */
  countUnfinished(callerId: string, since: string): Promise<number>;
}
