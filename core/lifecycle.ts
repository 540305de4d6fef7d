import type { RequestState, SourceProgress } from './model.ts';

/** One row of the table of states: where a Request may go from here, what callers see of it. */
interface StateRule {
  readonly next: readonly RequestState[];
  readonly exitCode?: number;
}

/** States, transitions and exit codes of a Request in one place. A state without `next` is final and stays so. */
export const LIFECYCLE: Readonly<Record<RequestState, StateRule>> = {
  QUEUED: { next: ['RUNNING', 'CANCELLING', 'FAILED'] },
  RUNNING: { next: ['RUNNING', 'MERGING', 'CANCELLING', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED'] },
  MERGING: { next: ['MERGING', 'CANCELLING', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED'] },
  CANCELLING: { next: ['CANCELLED', 'COMPLETED', 'FAILED'] }, // COMPLETED: an anonymization that had committed (R16)
  COMPLETED: { next: [], exitCode: 0 },
  COMPLETED_WITH_ERRORS: { next: [], exitCode: 3 },
  FAILED: { next: [], exitCode: 1 },
  CANCELLED: { next: [], exitCode: 1 },
};

/** States from which `to` may be reached. */
export const statesBefore = (to: RequestState): RequestState[] =>
  (Object.keys(LIFECYCLE) as RequestState[]).filter((state) => LIFECYCLE[state].next.includes(to));

export const isFinal = (state: RequestState): boolean => LIFECYCLE[state].next.length === 0;

/**
 * How a retrieval ends, from the states of its sources (R12, D9).
 * @returns `FAILED` when no source was had, `COMPLETED_WITH_ERRORS` when one is missing, else `COMPLETED`
 */
export function outcomeOf(sources: readonly Pick<SourceProgress, 'state'>[]): RequestState {
  const had = sources.filter(({ state }) => state === 'DONE' || state === 'EMPTY').length;
  if (had === 0) return 'FAILED';
  return had === sources.length ? 'COMPLETED' : 'COMPLETED_WITH_ERRORS';
}
