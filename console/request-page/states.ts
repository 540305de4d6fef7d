import type { StatusIndicatorProps } from '@cloudscape-design/components';
import type { RequestState, SourceState } from '../../client/shapes.ts';
import type { RequestView, SourceProgress } from '../../client/types.ts';
import type { Scope } from '../app/api.ts';

/** `works`: something is under way; `waits`: a person has to act; else it has ended. */
type Phase = 'waits' | 'works' | 'ended';
type Look = StatusIndicatorProps.Type;

/** What each state of a request means to an onlooker; its words are in console/texts. */
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

export const isAtWork = (state: RequestState): boolean => STATES[state].phase === 'works';

/** True once nothing is to come any more by itself. */
export const hasEnded = (state: RequestState): boolean => STATES[state].phase === 'ended';

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

export const isPaused = ({ deadline }: Pick<RequestView, 'deadline'>): boolean =>
  deadline.pauses.some(({ to }) => to === undefined);

/** Whether its archive was neither deleted nor is past its time. */
export const isKept = ({ archive, destroyedAt, sweptAt }: Omit<RequestView, 'progress'>, now = Date.now()): boolean =>
  archive !== undefined && !destroyedAt && !sweptAt && Date.parse(archive.expiresAt) > now;

/** What is known of the person who looks at a request; where it is not known, the button is shown and the API decides. */
export interface Onlooker {
  may(anyOf: readonly Scope[]): boolean;
  /** Whether archive and audit trail are theirs to have: they asked, or are a named recipient; absent without the scopes to tell. */
  readonly isOwn?: boolean;
  /** Whether they are the requester, who may not approve. */
  readonly isRequester?: boolean;
}

interface ActionRule {
  /** As functions/registry.ts has them for the route behind it. */
  readonly scopes: readonly Scope[];
  allows(view: RequestView, onlooker: Onlooker, now: number): boolean;
}

const isOver = ({ dueAt }: RequestView, now: number): boolean => Date.parse(dueAt) < now;

const mayChange = (view: RequestView, onlooker: Onlooker): boolean =>
  onlooker.may(['gdpr.operate']) || (onlooker.isRequester !== false && onlooker.may([scopeOf(view)]));

/** A rehearsal needs the scope of what it rehearses. */
const scopeOf = ({ kind }: RequestView): Scope => (kind === 'retrieve' ? 'gdpr.retrieve' : 'gdpr.anonymize');

const change = (
  isRight: (view: RequestView, now: number) => boolean,
  scopes: readonly Scope[] = ['gdpr.retrieve', 'gdpr.anonymize', 'gdpr.operate'],
): ActionRule => ({ scopes, allows: (view, onlooker, now) => isRight(view, now) && mayChange(view, onlooker) });

/** What can be done with a request from its page, in the order of the buttons. */
export const ACTIONS = {
  download: { scopes: ['gdpr.download'], allows: (view, { isOwn }, now) => isOwn !== false && isKept(view, now) },
  login: {
    scopes: ['gdpr.retrieve', 'gdpr.anonymize'],
    allows: (view, onlooker) =>
      view.state === 'AWAITING_LOGIN' && onlooker.may([scopeOf(view)]) && mayChange(view, onlooker),
  },
  approve: {
    scopes: ['gdpr.approve'],
    allows: ({ state }, { isRequester }) => state === 'AWAITING_APPROVAL' && isRequester !== true,
  },
  handover: change(({ needs }) => needs === 'handover'),
  deny: { scopes: ['gdpr.approve'], allows: ({ state }) => isWaiting(state) },
  rerun: change((view, now) => view.state === 'COMPLETED_WITH_ERRORS' && isKept(view, now), ['gdpr.retrieve']),
  pause: change((view, now) => !hasEnded(view.state) && !isPaused(view) && !isOver(view, now)),
  resume: change((view) => !hasEnded(view.state) && isPaused(view)),
  extend: change(
    (view, now) => !hasEnded(view.state) && !view.deadline.extension && (isPaused(view) || !isOver(view, now)),
  ),
  cancel: change(({ state }) => !hasEnded(state) && state !== 'CANCELLING' && state !== 'VERIFYING'),
  destroy: change(isKept, ['gdpr.retrieve', 'gdpr.operate']),
} as const satisfies Record<string, ActionRule>;

export type ActionName = keyof typeof ACTIONS;

/** What the state of a request and the scopes of the onlooker allow. */
export const actionsOn = (view: RequestView, onlooker: Onlooker, now = Date.now()): ActionName[] =>
  (Object.entries(ACTIONS) as [ActionName, ActionRule][])
    .filter(([, { scopes, allows }]) => onlooker.may(scopes) && allows(view, onlooker, now))
    .map(([name]) => name);
