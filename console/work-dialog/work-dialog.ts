import type { Login, RequestView, StartRequest as StartRequestBody } from '../../client/types.ts';
import { type Api, ProblemError } from '../api.ts';
import { element, find, list, makeDialog, type Stated, setText, showDialog, showProblem, timeText } from '../dom.ts';
import { isDone, isWaiting, requestLink, STATES } from '../request-page/request-facts.ts';
import { AccountForm } from './account-form.ts';
import { follow, summaryWords } from './follow.ts';
import { missingSources, showProgress } from './progress-table.ts';

/** One piece of work that a dialog asks the account for and then follows. */
export interface Work extends Stated {
  readonly confirm: 'CONTINUE' | 'ANONYMIZE';
  body(login: Login): StartRequestBody;
  /** Shows what will change once the account is checked; the work then starts at a second press (R14). */
  preview?(login: Login, dialog: WorkDialog): Promise<void>;
  /** Shows what was done, all or in part; `tooLate` when CLOSE came after the point of no return (R16). */
  finish(view: RequestView, dialog: WorkDialog, tooLate: boolean): void;
}

/** The dialog of both kinds of work: states, asks for the account, shows progress; CLOSE during the work cancels (R7). */
export class WorkDialog {
  readonly api: Api;
  readonly #work: Work;
  readonly #dialog: HTMLDialogElement;
  readonly #account: AccountForm;
  #phase: 'asking' | 'working' | 'cancelling' | 'ended' = 'asking';
  #requestId: string | undefined;
  #planHash: string | undefined;
  /** True once what was missing is asked for again. */
  #again = false;

  constructor(api: Api, work: Work) {
    this.api = api;
    this.#work = work;
    this.#dialog = makeDialog('#work-dialog', work);
    this.#account = new AccountForm(find(this.#dialog, 'form'), work.confirm, {
      list: () => this.attempt(() => this.#account.showEngines(api)),
      start: () => this.attempt(() => this.#start()),
      first: work.preview && (() => this.#preview()),
    });
  }

  /** Opens it; the focus returns to where it was once it is closed. */
  show(): void {
    this.#dialog.addEventListener('close', () => {
      if (this.#phase === 'working') void this.#close(); // a browser may close it on a second Escape without asking
    });
    showDialog(this.#dialog, () => void this.#close());
  }

  /** Shows the outcome in place of what was there. */
  tell(...nodes: Node[]): void {
    find(this.#dialog, '.outcome').replaceChildren(...nodes);
  }

  /** Runs one call and shows its problem, if it has one. */
  async attempt(call: () => Promise<void>): Promise<void> {
    const problem = find(this.#dialog, '.problem');
    problem.replaceChildren();
    await call().catch((error: unknown) => showProblem(problem, error));
  }

  /** @returns whether it is shown */
  async #preview(): Promise<boolean> {
    let shown = false;
    this.#summarize('The account is being checked');
    await this.attempt(async () => {
      await this.#work.preview?.(this.#account.login, this);
      shown = true;
    });
    this.#summarize('');
    return shown;
  }

  /** Closes it; what runs is cancelled. */
  close(): void {
    void this.#close();
  }

  async #start(): Promise<void> {
    if (this.#phase !== 'asking') return;
    this.#phase = 'working';
    this.tell();
    this.#summarize('The account is being checked');
    find(this.#dialog, '.statement').hidden = true;
    find(this.#dialog, '.close').focus(); // what had the focus is about to be hidden
    const started = await this.#send(this.#account.take()).catch((error: unknown) => {
      this.#askAgain();
      throw error;
    });
    this.#requestId = started.requestId;
    if (this.#isCancelling()) await this.#cancel(started.requestId);
    try {
      this.#end(await follow(this.api, started, (view) => this.#showView(view)));
    } catch (error) {
      this.#phase = 'ended';
      throw error;
    }
  }

  #send(login: Login): Promise<RequestView> {
    if (this.#again && this.#requestId) return this.api.rerunRequest(this.#requestId, login);
    const body = this.#work.body(login);
    this.#planHash = body.kind === 'anonymize' ? body.planHash : undefined;
    return this.api.startRequest(body);
  }

  /** Asks for the account once more, to ask the sources that are missing. */
  askMissingAgain(): void {
    this.#again = true;
    this.#phase = 'asking';
    this.tell();
    find(this.#dialog, '.missing').replaceChildren();
    this.#summarize('');
    this.#account.askAgain();
  }

  /** Nothing was started: the account is asked for again, unless CLOSE was pressed meanwhile. */
  #askAgain(): void {
    if (this.#isCancelling()) this.#dismiss();
    this.#phase = 'asking';
    this.#summarize('');
    find(this.#dialog, '.statement').hidden = this.#again;
    this.#account.askAgain();
  }

  #showView(view: RequestView): boolean {
    showProgress(find<HTMLTableElement>(this.#dialog, 'table'), view.progress);
    const words = summaryWords(view, this.#isCancelling() && view.state !== 'VERIFYING' ? 'CANCELLING' : view.state);
    this.#summarize(`Request ${view.requestId}: ${words}`);
    return this.#dialog.open;
  }

  #summarize(text: string): void {
    setText(find(this.#dialog, '.summary'), text);
  }

  #end(view: RequestView): void {
    if (!this.#dialog.open) return;
    const tooLate = this.#isCancelling();
    this.#phase = 'ended';
    if (view.state === 'CANCELLED') {
      this.tell(element('p', 'Cancelled. Nothing was kept.'));
      return;
    }
    const missing = missingSources(view.progress);
    if (missing.length > 0) {
      const partial = view.state === 'COMPLETED_WITH_ERRORS' ? 'This archive is incomplete. ' : '';
      find(this.#dialog, '.missing').replaceChildren(element('strong', `${partial}Missing`), list(missing));
    }
    if (isDone(view.state)) this.#work.finish(view, this, tooLate);
    else this.tell(...waitingNodes(view, this.#planHash, () => this.#dismiss()));
  }

  /** CLOSE: cancels work that runs and stays to say how that went; otherwise, or pressed again, it ends the dialog. */
  async #close(): Promise<void> {
    if (this.#phase !== 'working') return this.#dismiss();
    this.#phase = 'cancelling';
    this.#summarize('Cancelling');
    if (this.#requestId) await this.#cancel(this.#requestId);
  }

  /** Asks to cancel. When the API did not get it, CLOSE can try again; when it was too late, the end tells so. */
  #cancel(requestId: string): Promise<void> {
    return this.attempt(async () => {
      try {
        await this.api.call('cancelRequest', { path: { requestId } });
      } catch (error) {
        if (error instanceof ProblemError && error.problem.status === 409) return;
        if (this.#isCancelling()) this.#phase = 'working';
        throw error;
      }
    });
  }

  #isCancelling(): boolean {
    return this.#phase === 'cancelling';
  }

  #dismiss(): void {
    this.#dialog.close();
  }
}

/**
 * What a dialog says of a Request that has brought nothing, or not yet.
 * @param planHash of the preview that an anonymization was started with: who approves needs it
 * @param leave ends the dialog, since its link leads to the page of the Request
 */
function waitingNodes(view: RequestView, planHash: string | undefined, leave: () => void): Node[] {
  const { requestId, state, waitsUntil, failure } = view;
  if (state === 'FAILED') return [element('p', `The request failed (${failure ?? 'nothing could be had'}).`)];
  if (!isWaiting(state)) return [element('p', `${STATES[state].text}.`)];
  const until = waitsUntil ? `, until ${timeText(waitsUntil)}` : '';
  const link = requestLink(requestId);
  link.addEventListener('click', leave);
  const where = element('p', [`The request ${STATES[state].text.replace('W', 'w')}${until}. Its page: `, link]);
  if (planHash === undefined || state !== 'AWAITING_APPROVAL') return [where];
  const words = 'Who approves needs this plan hash, which is shown only now: ';
  return [where, element('p', [words, element('code', planHash)])];
}
