import type { RequestView } from '../../client/types.ts';
import type { Scope } from '../app/api.ts';
import { hasEnded, isKept, isWaiting, rests } from './states.ts';

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
  /** True for what the page is for in that state: its one primary button. */
  readonly primary?: true;
  allows(view: RequestView, onlooker: Onlooker, now: number): boolean;
}

const CHANGES: readonly Scope[] = ['gdpr.retrieve', 'gdpr.anonymize', 'gdpr.operate'];

const mayChange = (view: RequestView, onlooker: Onlooker): boolean =>
  onlooker.may(['gdpr.operate']) || (onlooker.isRequester !== false && onlooker.may([scopeOf(view)]));

/** A rehearsal needs the scope of what it rehearses. */
const scopeOf = ({ kind }: RequestView): Scope => (kind === 'retrieve' ? 'gdpr.retrieve' : 'gdpr.anonymize');

/** Every action, in the order of its buttons. */
export const ACTIONS = {
  download: {
    primary: true,
    scopes: ['gdpr.download'],
    allows: (view, { isOwn }, now) => isOwn !== false && isKept(view, now),
  },
  login: {
    primary: true,
    scopes: ['gdpr.retrieve', 'gdpr.anonymize'],
    allows: (view, onlooker) =>
      view.state === 'AWAITING_LOGIN' && onlooker.may([scopeOf(view)]) && mayChange(view, onlooker),
  },
  approve: {
    primary: true,
    scopes: ['gdpr.approve'],
    allows: ({ state }, { isRequester }) => state === 'AWAITING_APPROVAL' && isRequester !== true,
  },
  handover: {
    scopes: CHANGES,
    allows: (view, onlooker) => view.needs === 'handover' && mayChange(view, onlooker),
  },
  deny: { scopes: ['gdpr.approve'], allows: ({ state }) => isWaiting(state) },
  rerun: {
    scopes: ['gdpr.retrieve'],
    allows: (view, onlooker, now) =>
      view.state === 'COMPLETED_WITH_ERRORS' && isKept(view, now) && mayChange(view, onlooker),
  },
  pause: {
    scopes: CHANGES,
    allows: (view, onlooker, now) =>
      !hasEnded(view.state) && !rests(view) && !isOver(view, now) && mayChange(view, onlooker),
  },
  resume: {
    scopes: CHANGES,
    allows: (view, onlooker) => !hasEnded(view.state) && rests(view) && mayChange(view, onlooker),
  },
  extend: {
    scopes: CHANGES,
    allows: (view, onlooker, now) =>
      !hasEnded(view.state) &&
      !view.deadline.extension &&
      (rests(view) || !isOver(view, now)) &&
      mayChange(view, onlooker),
  },
  cancel: {
    scopes: CHANGES,
    allows: (view, onlooker) =>
      !hasEnded(view.state) && !['CANCELLING', 'VERIFYING'].includes(view.state) && mayChange(view, onlooker),
  },
  destroy: {
    scopes: ['gdpr.retrieve', 'gdpr.operate'],
    allows: (view, onlooker, now) => isKept(view, now) && mayChange(view, onlooker),
  },
} as const satisfies Record<string, ActionRule>;

export type ActionName = keyof typeof ACTIONS;

/** What the state of a request and the scopes of who looks at it allow. */
export const actionsOn = (view: RequestView, onlooker: Onlooker, now = Date.now()): ActionName[] =>
  (Object.entries(ACTIONS) as [ActionName, ActionRule][])
    .filter(([, { scopes, allows }]) => onlooker.may(scopes) && allows(view, onlooker, now))
    .map(([name]) => name);

export const isPrimary = (name: ActionName): boolean => (ACTIONS[name] as ActionRule).primary === true;

const isOver = ({ dueAt }: RequestView, now: number): boolean => Date.parse(dueAt) < now;
