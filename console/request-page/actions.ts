import type { RequestView } from '../../client/types.ts';
import type { Scope } from '../app/api.ts';
import { hasEnded, isKept, isPaused, isWaiting } from './states.ts';

/** What is known of who looks at a request; where it is not known, the button is shown and the API judges. */
export interface Onlooker {
  may(anyOf: readonly Scope[]): boolean;
  /** Whether archive and audit trail are theirs to have: they asked, or are a named recipient. */
  readonly isOwn?: boolean;
  /** Whether they asked: who asked does not approve. */
  readonly isRequester?: boolean;
}

/** What can be done with a request from its page. */
interface ActionRule {
  /** As functions/registry.ts has them for the route behind it. */
  readonly scopes: readonly Scope[];
  allows(view: RequestView, onlooker: Onlooker, now: number): boolean;
}

const CHANGES: readonly Scope[] = ['gdpr.retrieve', 'gdpr.anonymize', 'gdpr.operate'];

const mayChange = (view: RequestView, onlooker: Onlooker): boolean =>
  onlooker.may(['gdpr.operate']) || (onlooker.isRequester !== false && onlooker.may([scopeOf(view)]));

/** A rehearsal needs the scope of what it rehearses. */
const scopeOf = ({ kind }: RequestView): Scope => (kind === 'retrieve' ? 'gdpr.retrieve' : 'gdpr.anonymize');

/** What those may do who may change the request, when its state is right. */
const change = (
  isRight: (view: RequestView, now: number) => boolean,
  scopes: readonly Scope[] = CHANGES,
): ActionRule => ({ scopes, allows: (view, onlooker, now) => isRight(view, now) && mayChange(view, onlooker) });

/** Every action, in the order of its buttons. */
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

/** What the state of a request and the scopes of who looks at it allow. */
export const actionsOn = (view: RequestView, onlooker: Onlooker, now = Date.now()): ActionName[] =>
  (Object.entries(ACTIONS) as [ActionName, ActionRule][])
    .filter(([, { scopes, allows }]) => onlooker.may(scopes) && allows(view, onlooker, now))
    .map(([name]) => name);

/** Whether the page is there for it in the state that allows it. */
export const isPrimary = (name: ActionName): boolean => ['download', 'login', 'approve'].includes(name);

const isOver = ({ dueAt }: RequestView, now: number): boolean => Date.parse(dueAt) < now;
