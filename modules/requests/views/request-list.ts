import type { RequestRecord, RequestState } from '../record.ts';

/** Which Requests to list, newest first. */
export interface ListQuestion {
  /** Of one Caller; of all when absent. */
  readonly callerId?: string;
  readonly limit: number;
  /** Place of the last one that was listed before: `<createdAt>#<requestId>`. */
  readonly cursor?: string;
  readonly state?: RequestState;
  readonly reference?: string;
}

/** Lists of Requests; they may lag behind by a moment. */
export interface RequestList {
  /** @returns `next`: cursor of the next page, absent at the end */
  list(question: ListQuestion): Promise<{ readonly records: readonly RequestRecord[]; readonly next?: string }>;
  /** How many Requests of a Caller, created since then (ISO 8601), have not ended. */
  countUnfinished(callerId: string, since: string): Promise<number>;
}
