import type { StatusIndicatorProps } from '@cloudscape-design/components';
import type { RequestState, SourceState } from '../../client/shapes.ts';
import type { RequestView, SourceProgress } from '../../client/types.ts';

/** `works`: something is under way; `waits`: a person has to act; else it has ended. */
type Phase = 'waits' | 'works' | 'ended';
type Look = StatusIndicatorProps.Type;

/** What each state of a request is to who looks at it; its words are in console/texts. */
export const STATES: Readonly<Record<RequestState, { readonly phase: Phase; readonly look: Look }>> = {
  AWAITING_APPROVAL: { phase: 'waits', look: 'pending' },
  AWAITING_LOGIN: { phase: 'waits', look: 'pending' },
  AWAITING_REMOVAL: { phase: 'waits', look: 'pending' },
  QUEUED: { phase: 'works', look: 'pending' },
  RUNNING: { phase: 'works', look: 'in-progress' },
  MERGING: { phase: 'works', look: 'in-progress' },
  VERIFYING: { phase: 'works', look: 'in-progress' },
  CANCELLING: { phase: 'works', look: 'in-progress' },
  COMPLETED: { phase: 'ended', look: 'success' },
  COMPLETED_WITH_ERRORS: { phase: 'ended', look: 'warning' },
  NOTHING_FOUND: { phase: 'ended', look: 'info' },
  FAILED: { phase: 'ended', look: 'error' },
  CANCELLED: { phase: 'ended', look: 'stopped' },
  DENIED: { phase: 'ended', look: 'stopped' },
  EXPIRED: { phase: 'ended', look: 'stopped' },
};

/** True while something is under way. */
export const isAtWork = (state: RequestState): boolean => STATES[state].phase === 'works';

/** True once nothing is to come any more by itself. */
export const hasEnded = (state: RequestState): boolean => STATES[state].phase === 'ended';

/** True while a person has to act. */
export const isWaiting = (state: RequestState): boolean => STATES[state].phase === 'waits';

/** True when it has brought what was asked for, all or in part, or has found nothing. */
export const isDone = (state: RequestState): boolean =>
  state === 'COMPLETED' || state === 'COMPLETED_WITH_ERRORS' || state === 'NOTHING_FOUND';

/** What each state of a source is; one that is `missing` has given nothing (R12). */
export const SOURCE_STATES: Readonly<Record<SourceState, { readonly look: Look; readonly missing?: true }>> = {
  PENDING: { look: 'pending' },
  RUNNING: { look: 'in-progress' },
  DONE: { look: 'success' },
  EMPTY: { look: 'success' },
  NO_LICENCE: { look: 'warning', missing: true },
  UNREACHABLE: { look: 'error', missing: true },
  TLS_FAILED: { look: 'error', missing: true },
  AUTH_FAILED: { look: 'error', missing: true },
  TIMED_OUT: { look: 'error', missing: true },
  REJECTED_QUERY: { look: 'error', missing: true },
  FAILED: { look: 'error', missing: true },
  CANCELLED: { look: 'stopped', missing: true },
};

/** Sources that gave nothing, or not all. */
export const missingSources = (progress: readonly SourceProgress[]): SourceProgress[] =>
  progress.filter(({ state, gaps = 0 }) => SOURCE_STATES[state].missing || gaps > 0);

/** True when a source has given all it will. */
export const isSettled = ({ state }: SourceProgress): boolean => state !== 'PENDING' && state !== 'RUNNING';

/** Whether its deadline is paused. */
export const isPaused = ({ deadline }: Pick<RequestView, 'deadline'>): boolean =>
  deadline.pauses.some(({ to }) => to === undefined);

/** Whether its archive was neither deleted nor is past its time. */
export const isKept = ({ archive, destroyedAt, sweptAt }: Omit<RequestView, 'progress'>, now = Date.now()): boolean =>
  archive !== undefined && !destroyedAt && !sweptAt && Date.parse(archive.expiresAt) > now;
