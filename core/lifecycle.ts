import type { RequestState, SourceProgress } from './model.ts';

/** One row of the table of states: where a Request may go from here, what callers see of it. */
interface StateRule {
  readonly next: readonly RequestState[];
  /** Set when nothing runs any more; only a rerun of the missing sources leaves such a state again (D9). */
  readonly final?: true;
  readonly exitCode?: number;
}

/** States, transitions and exit codes of a Request in one place. */
export const LIFECYCLE: Readonly<Record<RequestState, StateRule>> = {
  QUEUED: { next: ['RUNNING', 'CANCELLING', 'COMPLETED_WITH_ERRORS', 'FAILED'] }, // back, when a rerun cannot start
  RUNNING: { next: ['RUNNING', 'MERGING', 'CANCELLING', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED'] },
  MERGING: { next: ['MERGING', 'CANCELLING', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED'] },
  // COMPLETED: an anonymization that had committed (R16); with errors: a rerun, whose older Bundle stays (D9)
  CANCELLING: { next: ['CANCELLED', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED'] },
  COMPLETED: { next: [], final: true, exitCode: 0 },
  COMPLETED_WITH_ERRORS: { next: ['QUEUED'], final: true, exitCode: 3 },
  FAILED: { next: [], final: true, exitCode: 1 },
  CANCELLED: { next: [], final: true, exitCode: 1 },
};

/** States from which `to` may be reached. */
export const statesBefore = (to: RequestState): RequestState[] =>
  (Object.keys(LIFECYCLE) as RequestState[]).filter((state) => LIFECYCLE[state].next.includes(to));

export const isFinal = (state: RequestState): boolean => LIFECYCLE[state].final === true;

/** States in which an archive may be downloaded. */
export const hasBundle = (state: RequestState): boolean => state === 'COMPLETED' || state === 'COMPLETED_WITH_ERRORS';

/**
 * How a retrieval ends, from the states of its sources (R12, D9).
 * @returns `FAILED` when no source was had, `COMPLETED_WITH_ERRORS` when one is missing or has gaps, else `COMPLETED`
 */
export function outcomeOf(sources: readonly Pick<SourceProgress, 'state' | 'gaps'>[]): RequestState {
  const had = sources.filter(({ state }) => state === 'DONE' || state === 'EMPTY');
  if (had.length === 0) return 'FAILED';
  const whole = had.length === sources.length && had.every(({ gaps = 0 }) => gaps === 0);
  return whole ? 'COMPLETED' : 'COMPLETED_WITH_ERRORS';
}
