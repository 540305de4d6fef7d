import type { EventsView, RequestView } from '../../client/types.ts';
import { type Api, ProblemError } from '../api.ts';
import { button, element, find, list, setText, showProblem, tableRow, timeElement, timeText } from '../dom.ts';
import { doneNodes, showAnonymized } from '../work-dialog/anonymized.ts';
import { follow, summaryWords } from '../work-dialog/follow.ts';
import { missingSources, showProgress } from '../work-dialog/progress-table.ts';
import { ACTIONS, type ActionName, actionsOn, type Onlooker } from './request-actions.ts';
import { deadlineLines, factNodes, hasEnded, isDone, isWaiting } from './request-facts.ts';
import { takeStep } from './request-steps.ts';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const UNKNOWN = 'There is no request with this id, or it is not yours to see.';

/** The page of one Request, which the link in a ticket opens: what is known of it, and what can be done. */
export class RequestPage {
  readonly api: Api;
  readonly #root = find(document, '#request');
  readonly #shown = find(this.#root, '.shown');
  /** One more with each opening, so that what was followed before is not shown any more. */
  #opening = 0;
  /** Absent until it was read. */
  #trail: Trail | undefined;
  #view: RequestView | undefined;

  constructor(api: Api) {
    this.api = api;
  }

  async show(requestId: string): Promise<void> {
    this.leave();
    const opening = this.#opening;
    if (!UUID.test(requestId)) {
      this.#refuse(UNKNOWN);
      return;
    }
    try {
      const view = await this.api.call('getRequest', { path: { requestId } });
      if (opening === this.#opening) this.goOn(view);
    } catch (error) {
      if (opening === this.#opening) this.#refuseWith(error);
    }
  }

  /** Forgets what was shown. */
  leave(): void {
    this.#opening += 1;
    this.#view = undefined;
    this.#trail = undefined;
    showTrail(find(this.#root, '.trail'), { events: [] }, undefined);
    this.#shown.hidden = true;
    find(this.#root, '.refused').replaceChildren();
    this.tell();
    for (const part of ['.actions', '.missing', '.deadline', '.facts']) find(this.#root, part).replaceChildren();
  }

  /** Shows the Request as it is now, and follows it until it has ended. */
  goOn(view: RequestView): void {
    this.#opening += 1;
    const opening = this.#opening;
    const show = (seen: RequestView): boolean => opening === this.#opening && this.#showView(seen);
    void this.attempt(() => follow(this.api, view, show, ({ state }) => !hasEnded(state)).then(() => undefined));
  }

  /** Shows what came of it. */
  tell(...nodes: Node[]): void {
    find(this.#root, '.outcome').replaceChildren(...nodes);
  }

  /** Runs one call and shows its problem, if it has one. */
  async attempt(call: () => Promise<void>): Promise<void> {
    const problem = find(this.#shown, '.problem');
    problem.replaceChildren();
    await call().catch((error: unknown) => showProblem(problem, error));
  }

  #refuse(sentence: string): void {
    find(this.#root, '.refused').replaceChildren(element('p', sentence));
  }

  #refuseWith(error: unknown): void {
    const status = error instanceof ProblemError ? error.problem.status : undefined;
    if (status === 404) this.#refuse(UNKNOWN);
    else if (status === 403) this.#refuse('You may not look at requests: your account lacks the scope for it.');
    else showProblem(find(this.#root, '.refused'), error);
  }

  #showView(view: RequestView): boolean {
    const before = this.#view;
    this.#view = view;
    this.#shown.hidden = false;
    setText(find(this.#root, '.summary'), stateWords(view));
    showProgress(find<HTMLTableElement>(this.#root, '.progress'), view.progress);
    this.#showMissing(view);
    this.#showFacts(view);
    this.#showActions(view);
    if (before?.updatedAt !== view.updatedAt || before.state !== view.state) void this.#showTrail(view);
    return true;
  }

  #showMissing({ progress, state }: RequestView): void {
    const missing = missingSources(progress);
    const words = state === 'COMPLETED_WITH_ERRORS' ? 'The archive is incomplete. Missing' : 'Missing';
    const nodes = missing.length > 0 ? [element('strong', words), list(missing)] : [];
    const place = find(this.#root, '.missing');
    if (place.textContent !== nodes.map((node) => node.textContent).join('')) place.replaceChildren(...nodes);
  }

  #showFacts(view: RequestView): void {
    find(this.#root, '.deadline').replaceChildren(...deadlineLines(view, new Date()).map((line) => element('p', line)));
    find(this.#root, '.facts').replaceChildren(...factNodes(view, this.api.duplicatesOf(view.requestId)));
  }

  /** Buttons come once it is known whose the Request is, and anew only when there are others, so that the focus stays. */
  #showActions(view: RequestView): void {
    if (!this.#trail) return;
    const place = find(this.#root, '.actions');
    const onlooker: Onlooker = { ...this.#trail, may: (anyOf) => this.api.may(anyOf) };
    const names = actionsOn(view, onlooker, new Date());
    const present = [...place.querySelectorAll('button')];
    if (names.join() === present.map(({ name }) => name).join()) return;
    const focused = present.find((button) => button === document.activeElement)?.name;
    const buttons = names.map((name) => this.#button(name));
    place.replaceChildren(...buttons);
    if (focused !== undefined) (buttons.find(({ name }) => name === focused) ?? this.#root).focus();
  }

  #button(name: ActionName): HTMLButtonElement {
    const { label, look } = ACTIONS[name];
    const made = button(label, look, () => this.#view && takeStep(name, this.#view, this));
    made.name = name;
    return made;
  }

  /** The audit trail tells whose the Request is, so buttons and proof come after it. */
  async #showTrail(view: RequestView): Promise<void> {
    const opening = this.#opening;
    const trail = await readTrail(this.api, view.requestId).catch(() => undefined);
    if (!trail || opening !== this.#opening || this.#view?.requestId !== view.requestId) return;
    this.#trail = trail;
    showTrail(find(this.#root, '.trail'), trail, this.api.caller.id);
    this.#showActions(this.#view);
    this.#showOutcome(this.#view);
  }

  #showOutcome(view: RequestView): void {
    if (view.kind !== 'anonymize' || !isDone(view.state)) this.tell();
    else if (this.#trail?.isOwn === false || !this.api.may(['gdpr.read'])) this.tell(...doneNodes(view));
    else showAnonymized(view, this);
  }
}

/** The state in words, with what is behind it. */
function stateWords(view: RequestView): string {
  const { state, failure, places = [], waitsUntil } = view;
  const why = (state === 'FAILED' || state === 'VERIFYING') && failure ? ` (${[failure, ...places].join(', ')})` : '';
  const end = isWaiting(state) && waitsUntil ? ` If nobody does, it ends at ${timeText(waitsUntil)}.` : '';
  const next = state === 'VERIFYING' && waitsUntil ? ` The next attempt is after ${timeText(waitsUntil)}.` : '';
  return `${summaryWords(view)}${why}.${end}${next}`;
}

type Entry = EventsView['events'][number];

/** The audit trail of a Request as far as it may be seen, and what it tells of who looks at it. */
interface Trail {
  readonly events: readonly Entry[];
  /** Absent when it is not known: the scopes do not reach to the trail. */
  readonly isOwn?: boolean;
  readonly isRequester?: boolean;
}

/** Reads the audit trail, which only who asked and named recipients get. */
async function readTrail(api: Api, requestId: string): Promise<Trail> {
  try {
    const events: Entry[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: EventsView = await api.call('listEvents', { path: { requestId }, query: { after } });
      events.push(...page.events);
      after = page.next;
    }
    const { id } = api.caller;
    return { events, isOwn: true, ...(id !== undefined && { isRequester: events[0]?.by.id === id }) };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.status === 401) throw error;
    return { events: [], ...(error.problem.status === 404 && { isOwn: false, isRequester: false }) };
  }
}

/** Shows when what happened, and who did it: opaque ids, never names. */
function showTrail(section: HTMLElement, { events }: Trail, callerId: string | undefined): void {
  find(section, '.hint').hidden = events.length > 0;
  find(section, 'table').hidden = events.length === 0;
  find(section, 'tbody').replaceChildren(...events.map((entry) => rowOf(entry, callerId)));
}

function rowOf({ seq, at, what, by, error }: Entry, callerId: string | undefined): HTMLTableRowElement {
  const who = by.id === callerId ? 'you' : by.role === 'system' ? 'the system' : `a ${by.role}, ${by.id}`;
  const event = [what.replaceAll('-', ' '), error].filter(Boolean).join(': ');
  return tableRow(element('td', String(seq), 'number'), timeElement(at), event, who);
}
