import type { Deadline } from './deadline-facts.ts';
import type { Archive, RequestRecord } from './record.ts';
import type { Estimate, SourceProgress } from './source-progress.ts';

/** A Request as the HTTP API shows it in a list. */
export interface RequestSummary
  extends Omit<
    RequestRecord,
    | 'callerId'
    | 'recipients'
    | 'approvedBy'
    | 'deniedBy'
    | 'archive'
    | 'cancelRequested'
    | 'certificate'
    | 'deadline'
    | 'deadlineChanges'
    | 'planHashSha256'
    | 'rerunCallId'
  > {
  /** The last second of the day by which the law wants the answer; `deadline` tells what moved it. */
  readonly dueAt: string;
  readonly deadline: Omit<Deadline, 'dueAt' | 'warned'>;
  readonly archive?: Omit<Archive, 'archiveKey'>;
}

/** The same with its progress (`GET /v1/requests/{requestId}`). */
export interface RequestView extends RequestSummary {
  readonly progress: readonly SourceProgress[];
  /** Until it has ended. */
  readonly estimate?: Estimate;
}

/** Answer of `GET /v1/requests`: a page, newest first; `next` is the cursor of the next one, absent at the end. */
export interface RequestsView {
  readonly requests: readonly RequestSummary[];
  readonly next?: string;
}

/** Other Requests about the same Subject that have not ended or have brought a result within the last month. */
export interface Duplicates {
  /** Those that the Caller may see. */
  readonly duplicates: readonly string[];
  /** How many there are besides. */
  readonly otherDuplicates: number;
}

/** Answer of `POST /v1/requests`. */
export interface StartedView extends RequestView, Duplicates {}
