import * as z from 'zod';
import type { RequestRecord, RequestState } from './record.ts';
import type { SourceProgress } from './source.ts';

/** One attempt of a Request: the event of a Task that needs nothing else. */
export const Attempt = z.strictObject({ requestId: z.uuid(), attempt: z.int().min(1) });
export type Attempt = Readonly<z.infer<typeof Attempt>>;

export const attemptsUpTo = (last: number): number[] => Array.from({ length: last }, (_, before) => before + 1);

/** What an answer to the person needs next. `removal`: the hand steps; `retry`: a rerun or another request; `handover`: it is there. */
export const Need = z.enum(['approval', 'login', 'removal', 'result', 'retry', 'handover']);
export type Need = z.infer<typeof Need>;

interface StateRule {
  readonly next: readonly RequestState[];
  /** Set when nothing runs any more. Only a rerun leaves such a state (docs/decisions/0023). */
  readonly final?: true;
  /** `approval`, `login` and `removal`: nothing runs until a person acts (docs/decisions/0024). */
  readonly needs?: Need;
  /** Exit code of the command line; none while it runs. */
  readonly exitCode?: 0 | 1 | 3 | 4 | 5 | 6;
}

/** What a retrieval brings that has ended with an archive. */
const DELIVERED = ['COMPLETED', 'COMPLETED_WITH_ERRORS', 'NOTHING_FOUND'] as const;

export const LIFECYCLE: Readonly<Record<RequestState, StateRule>> = {
  AWAITING_APPROVAL: { next: ['AWAITING_LOGIN', 'DENIED', 'EXPIRED', 'CANCELLED'], needs: 'approval', exitCode: 4 },
  AWAITING_LOGIN: { next: ['QUEUED', 'DENIED', 'EXPIRED', 'CANCELLED'], needs: 'login', exitCode: 4 },
  // Until the Engines show that the device is gone, or that none has ever held it (docs/decisions/0031).
  AWAITING_REMOVAL: {
    next: ['COMPLETED', 'NOTHING_FOUND', 'DENIED', 'EXPIRED', 'CANCELLED'],
    needs: 'removal',
    exitCode: 4,
  },
  // FAILED, or back to COMPLETED_WITH_ERRORS when a rerun cannot start
  QUEUED: { next: ['RUNNING', 'CANCELLING', 'COMPLETED_WITH_ERRORS', 'FAILED'] },
  RUNNING: { next: ['RUNNING', 'MERGING', 'VERIFYING', 'CANCELLING', ...DELIVERED, 'FAILED'] },
  MERGING: { next: ['MERGING', 'CANCELLING', ...DELIVERED, 'FAILED'] },
  // An anonymization that has, or may have, committed and is not verified. It cannot commit any more (docs/decisions/0010).
  VERIFYING: { next: ['VERIFYING', ...DELIVERED, 'FAILED', 'CANCELLED'], exitCode: 6 },
  // COMPLETED: an anonymization that had committed (R16); with errors: a rerun, the older Archive stays (docs/decisions/0023)
  CANCELLING: { next: ['VERIFYING', 'CANCELLED', ...DELIVERED, 'FAILED'] },
  COMPLETED: { next: [], final: true, needs: 'handover', exitCode: 0 },
  COMPLETED_WITH_ERRORS: { next: ['QUEUED'], final: true, needs: 'retry', exitCode: 3 },
  NOTHING_FOUND: { next: [], final: true, needs: 'handover', exitCode: 5 },
  FAILED: { next: ['QUEUED'], final: true, needs: 'retry', exitCode: 1 },
  CANCELLED: { next: [], final: true, exitCode: 1 },
  DENIED: { next: [], final: true, needs: 'handover', exitCode: 1 },
  EXPIRED: { next: [], final: true, needs: 'retry', exitCode: 1 },
};

export const STATES = Object.keys(LIFECYCLE) as RequestState[];

export const statesBefore = (to: RequestState): RequestState[] =>
  STATES.filter((state) => LIFECYCLE[state].next.includes(to));

export const isFinal = (state: RequestState): boolean => LIFECYCLE[state].final === true;

export const UNFINISHED = STATES.filter((state) => !isFinal(state));

export const isWaiting = (state: RequestState): boolean => !isFinal(state) && LIFECYCLE[state].needs !== undefined;

export const hasArchive = (state: RequestState): boolean => (DELIVERED as readonly RequestState[]).includes(state);

/** Whether there is an answer to hand over, be it a refusal. */
export const isAnswered = (state: RequestState): boolean => hasArchive(state) || state === 'DENIED';

/** @returns nothing for a rehearsal, and when the answer was handed over or the Request cancelled */
export function needOf(of: Pick<RequestRecord, 'state' | 'handover'> & Partial<Pick<RequestRecord, 'kind'>>) {
  if (of.handover || of.kind === 'rehearse') return undefined;
  return LIFECYCLE[of.state].needs ?? (isFinal(of.state) ? undefined : 'result');
}

/** Until when an ended Request keeps data: its archive, or the Parts of a failed retrieval. Undefined: it keeps none. */
export function keptUntil({ state, archive, rerunUntil, destroyedAt }: RequestRecord): string | undefined {
  if (destroyedAt !== undefined) return undefined;
  return hasArchive(state) ? archive?.expiresAt : state === 'FAILED' ? rerunUntil : undefined;
}

/** Facts that must be unchanged since they were read; otherwise a write fails. */
export type Held = Partial<Pick<RequestRecord, 'state' | 'attempt' | 'deadlineChanges'>> &
  // undefined: not set yet
  Partial<Record<'destroyedAt' | 'sweptAt' | 'handover', undefined>>;

export type WriteCondition = { readonly states: readonly RequestState[]; readonly held: Held };

export const transitionCondition = (to: RequestState, held: Held): WriteCondition => ({
  states: statesBefore(to),
  held,
});

/** The condition of every other fact of a Request that has not ended. */
export const noteCondition = (held: Held): WriteCondition => ({ states: UNFINISHED, held });

/** Whether a record meets the condition of a write. A store must check the same, in the same write. */
export const meets = (record: RequestRecord, { states, held }: WriteCondition): boolean =>
  states.includes(record.state) && (Object.keys(held) as (keyof Held)[]).every((fact) => record[fact] === held[fact]);

export const isExpired = ({ state, waitsUntil }: RequestRecord, now: Date): boolean =>
  isWaiting(state) && waitsUntil !== undefined && Date.parse(waitsUntil) <= now.getTime();

export const isUnfinished = ({ state }: Pick<SourceProgress, 'state'>): boolean =>
  state === 'PENDING' || state === 'RUNNING';

/** True when a source has answered completely. */
export const wasRetrieved = ({ state }: Pick<SourceProgress, 'state'>): boolean =>
  state === 'DONE' || state === 'EMPTY';

/** True when a source may have more data: a rerun queries it again (docs/decisions/0023). */
export const mayHaveMore = (source: Pick<SourceProgress, 'state' | 'gaps'>): boolean =>
  !wasRetrieved(source) || (source.gaps ?? 0) > 0;

/** True when every source has answered completely, and none holds anything. */
export const isNothingFound = (sources: readonly Pick<SourceProgress, 'state' | 'gaps'>[]): boolean =>
  sources.length > 0 && sources.every((source) => source.state === 'EMPTY' && !mayHaveMore(source));

/** How a retrieval ends, from the states of its sources (R12, docs/decisions/0023). */
export function outcomeOf(sources: readonly Pick<SourceProgress, 'state' | 'gaps'>[]): RequestState {
  if (!sources.some(wasRetrieved)) return 'FAILED';
  if (sources.some(mayHaveMore)) return 'COMPLETED_WITH_ERRORS';
  return isNothingFound(sources) ? 'NOTHING_FOUND' : 'COMPLETED';
}
