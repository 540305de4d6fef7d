import type { RequestView } from '../../client/types.ts';
import type { Scope } from '../api.ts';
import { hasEnded, isWaiting, rests } from './request-facts.ts';

/** What is known of who looks at a Request; where it is not known, the button is shown and the API judges. */
export interface Onlooker {
  may(anyOf: readonly Scope[]): boolean;
  /** Whether archive and audit trail are theirs to have: they asked, or are a named recipient. */
  readonly isOwn?: boolean;
  /** Whether they asked: who asked does not approve. */
  readonly isRequester?: boolean;
}

/** What can be done with a Request from its page. */
interface ActionRule {
  readonly label: string;
  /** As functions/registry.ts has them for the route behind it. */
  readonly scopes: readonly Scope[];
  /** `main`: what the page is for in that state; `warn`: what ends something. */
  readonly look: 'main' | 'warn' | 'plain';
  allows(view: RequestView, onlooker: Onlooker, now: Date): boolean;
}

const CHANGES: readonly Scope[] = ['gdpr.retrieve', 'gdpr.anonymize', 'gdpr.operate'];

/** Only the requester (with the matching scope) or an operator may change a Request that both may see. */
const mayChange = (view: RequestView, onlooker: Onlooker): boolean =>
  onlooker.may(['gdpr.operate']) || (onlooker.isRequester !== false && onlooker.may([scopeOf(view)]));

/** A rehearsal needs the scope of what it rehearses. */
const scopeOf = ({ kind }: RequestView): Scope => (kind === 'retrieve' ? 'gdpr.retrieve' : 'gdpr.anonymize');

/** Every action, in the order of its buttons. */
export const ACTIONS = {
  download: { label: 'DOWNLOAD', look: 'main', scopes: ['gdpr.download'], allows: hasArchive },
  login: {
    label: 'LOG IN AND START',
    look: 'main',
    scopes: ['gdpr.retrieve', 'gdpr.anonymize'],
    allows: (view, onlooker) =>
      view.state === 'AWAITING_LOGIN' && onlooker.may([scopeOf(view)]) && mayChange(view, onlooker),
  },
  approve: {
    label: 'APPROVE',
    look: 'main',
    scopes: ['gdpr.approve'],
    allows: ({ state }, { isRequester }) => state === 'AWAITING_APPROVAL' && isRequester !== true,
  },
  deny: { label: 'DENY', look: 'warn', scopes: ['gdpr.approve'], allows: ({ state }) => isWaiting(state) },
  rerun: {
    label: 'ASK MISSING ONES AGAIN',
    look: 'plain',
    scopes: ['gdpr.retrieve'],
    allows: (view, onlooker, now) =>
      view.state === 'COMPLETED_WITH_ERRORS' && isKept(view, now) && mayChange(view, onlooker),
  },
  pause: {
    label: 'PAUSE THE TERM',
    look: 'plain',
    scopes: CHANGES,
    allows: (view, onlooker, now) =>
      !hasEnded(view.state) && !rests(view) && !isOver(view, now) && mayChange(view, onlooker),
  },
  resume: {
    label: 'RESUME THE TERM',
    look: 'plain',
    scopes: CHANGES,
    allows: (view, onlooker) => !hasEnded(view.state) && rests(view) && mayChange(view, onlooker),
  },
  extend: {
    label: 'EXTEND THE TERM',
    look: 'plain',
    scopes: CHANGES,
    allows: (view, onlooker, now) =>
      !hasEnded(view.state) &&
      !view.deadline.extension &&
      (rests(view) || !isOver(view, now)) &&
      mayChange(view, onlooker),
  },
  cancel: {
    label: 'CANCEL THE REQUEST',
    look: 'warn',
    scopes: CHANGES,
    allows: (view, onlooker) =>
      !hasEnded(view.state) && !['CANCELLING', 'VERIFYING'].includes(view.state) && mayChange(view, onlooker),
  },
  destroy: {
    label: 'DELETE THE ARCHIVE',
    look: 'warn',
    scopes: ['gdpr.retrieve', 'gdpr.operate'],
    allows: (view, onlooker, now) => isKept(view, now) && mayChange(view, onlooker),
  },
} as const satisfies Record<string, ActionRule>;

export type ActionName = keyof typeof ACTIONS;

/** What the state of a Request and the scopes of who looks at it allow. */
export const actionsOn = (view: RequestView, onlooker: Onlooker, now: Date): ActionName[] =>
  (Object.entries(ACTIONS) as [ActionName, ActionRule][])
    .filter(([, { scopes, allows }]) => onlooker.may(scopes) && allows(view, onlooker, now))
    .map(([name]) => name);

const isOver = ({ dueAt }: RequestView, now: Date): boolean => Date.parse(dueAt) < now.getTime();

/** Whether its archive was neither destroyed nor is past its time. */
const isKept = ({ archive, destroyedAt, sweptAt }: RequestView, now: Date): boolean =>
  archive !== undefined && !destroyedAt && !sweptAt && Date.parse(archive.expiresAt) > now.getTime();

function hasArchive(view: RequestView, { isOwn }: Onlooker, now: Date): boolean {
  return isOwn !== false && isKept(view, now);
}
