import type { Calls } from '../../client/calls.ts';
import type { Login, RequestView } from '../../client/types.ts';
import type { Api } from '../api.ts';
import { element, find, makeDialog, type Stated, showDialog, showProblem } from '../dom.ts';
import { AccountForm } from '../work-dialog/account-form.ts';
import type { ActionName } from './request-actions.ts';
import { approvalLines, DENIALS, describeWork, EXTENSIONS, PAUSES } from './request-facts.ts';

/** Where a step is taken: what was done with the Request is shown there. */
interface StepPlace {
  readonly api: Api;
  /** Shows the Request as a step left it, and follows it. */
  goOn(view: RequestView): void;
  /** Runs a call that needs no question, and shows its problem. */
  attempt(call: () => Promise<void>): Promise<void>;
}

/** Starts an action of the request page: asks first where there is something to ask. */
export function takeStep(name: ActionName, view: RequestView, place: StepPlace): void {
  const { api } = place;
  if (name === 'download') {
    void place.attempt(() => api.download(view.requestId));
  } else if (name === 'login' || name === 'rerun') {
    const { title, what, act } = ACCOUNT_STEPS[name];
    const stated = { title, statement: [`${describeWork(view)} ${what}`] };
    askAccount(
      api,
      stated,
      (login) => act(api, view.requestId, login),
      (after) => place.goOn(after),
    );
  } else {
    askStep(STEPS[name](view, api), (after) => place.goOn(after));
  }
}

/** Steps that ask for the Nexthink account. */
const ACCOUNT_STEPS = {
  login: {
    title: 'Log in and start',
    what: 'is started with this account.',
    act: (api: Api, requestId: string, login: Login) =>
      api.call('loginRequest', { path: { requestId }, body: { login } }),
  },
  rerun: {
    title: 'Ask missing ones again',
    what: 'is started again: what is missing is asked for, what is there is kept.',
    act: (api: Api, requestId: string, login: Login) => api.rerunRequest(requestId, login),
  },
} as const;

const STEPS: Readonly<
  Record<Exclude<ActionName, 'download' | keyof typeof ACCOUNT_STEPS>, (view: RequestView, api: Api) => Step>
> = {
  approve: (view, api) => ({
    title: 'Approve the request',
    statement: approvalLines(view),
    confirm: 'APPROVE',
    danger: view.kind === 'anonymize',
    fields: view.planDigest === undefined ? [] : [{ name: 'planHash', label: 'Plan hash' }],
    act: (body) => api.call('approveRequest', { path: { requestId: view.requestId }, body }),
  }),
  deny: ({ requestId }, api) => ({
    title: 'Deny the request',
    statement: ['The request ends here, and the name that it is about is forgotten.'],
    confirm: 'DENY',
    danger: true,
    fields: [{ name: 'reasonCode', label: 'Reason', choices: Object.entries(DENIALS) }],
    act: ({ reasonCode }) =>
      api.call('denyRequest', { path: { requestId }, body: { reasonCode: reasonCode as keyof typeof DENIALS } }),
  }),
  cancel: ({ requestId }, api) => ({
    title: 'Cancel the request',
    statement: ['What is at work stops. An anonymization that has been written cannot be stopped any more.'],
    confirm: 'CANCEL THE REQUEST',
    danger: true,
    act: () => api.call('cancelRequest', { path: { requestId } }),
  }),
  destroy: ({ requestId }, api) => ({
    title: 'Delete the archive',
    statement: [
      'The archive and all that it was made of are deleted, for everybody and for good.',
      'Hand it over first: afterwards it cannot be downloaded or completed. What was done stays written down.',
    ],
    confirm: 'DELETE THE ARCHIVE',
    danger: true,
    act: async () => {
      await api.call('deleteArchive', { path: { requestId } });
      return api.call('getRequest', { path: { requestId } });
    },
  }),
  pause: ({ requestId }, api) => ({
    title: 'Pause the legal term',
    statement: ['The term rests until it is resumed. Whether the reason holds is for your legal department to say.'],
    confirm: 'PAUSE',
    fields: [{ name: 'reason', label: 'Reason', choices: Object.entries(PAUSES) }],
    act: ({ reason }) => change(api, requestId, { action: 'pause', reason: reason as keyof typeof PAUSES }),
  }),
  resume: ({ requestId }, api) => ({
    title: 'Resume the legal term',
    statement: ['The term goes on; the days on which it rested are added.'],
    confirm: 'RESUME',
    act: () => change(api, requestId, { action: 'resume' }),
  }),
  extend: ({ requestId }, api) => ({
    title: 'Extend the legal term',
    statement: ['This can be done once. The person must be told within the first month: that is yours to do.'],
    confirm: 'EXTEND',
    fields: [
      { name: 'reason', label: 'Reason', choices: Object.entries(EXTENSIONS) },
      {
        name: 'months',
        label: 'By',
        choices: [
          ['2', 'two months'],
          ['1', 'one month'],
        ],
      },
    ],
    act: ({ reason, months }) => {
      const longer = {
        reason: reason as keyof typeof EXTENSIONS,
        months: months === '1' ? (1 as const) : (2 as const),
      };
      return change(api, requestId, { action: 'extend', ...longer });
    },
  }),
};

const change = (api: Api, requestId: string, body: Calls['changeDeadline']['body']): Promise<RequestView> =>
  api.call('changeDeadline', { path: { requestId }, body });

/** A field of a step: a choice of a few words, or a line of text. */
export interface Field {
  readonly name: string;
  readonly label: string;
  /** Value and words of each choice; a line of text without it. */
  readonly choices?: readonly (readonly [value: string, words: string])[];
}

/** One step that a person takes in the life of a Request. */
export interface Step extends Stated {
  readonly confirm: string;
  readonly danger?: boolean;
  readonly fields?: readonly Field[];
  /** Takes the values of the fields, by name. */
  act(values: Readonly<Record<string, string>>): Promise<RequestView>;
}

/**
 * Asks before a step is taken; a refusal is shown in the dialog, which stays. CLOSE waits for an answer under way.
 * @param done called with the Request as the step left it, after the dialog is closed
 */
function askStep(step: Step, done: (view: RequestView) => void): void {
  const dialog = makeDialog('#step-dialog', step);
  const form = find<HTMLFormElement>(dialog, 'form');
  const confirm = find<HTMLButtonElement>(form, '.go');
  find(form, '.fields').append(...(step.fields ?? []).map(fieldOf));
  confirm.textContent = step.confirm;
  confirm.classList.toggle('danger', step.danger === true);
  find(form, '.close').toggleAttribute('autofocus', !step.fields?.length); // not on what cannot be undone
  const send = once(dialog, async () => {
    const view = await step.act(Object.fromEntries(new FormData(form)) as Record<string, string>);
    dialog.close();
    done(view);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send.run();
  });
  showDialog(dialog, () => send.isUnderWay || dialog.close());
}

/** Asks for the Nexthink account (R4) that a Request is started with, or started again. */
function askAccount(
  api: Api,
  stated: Stated,
  act: (login: Login) => Promise<RequestView>,
  done: (view: RequestView) => void,
): void {
  const dialog = makeDialog('#work-dialog', stated);
  const summary = find(dialog, '.summary');
  const send = once(dialog, async () => {
    summary.textContent = 'The account is being checked';
    find(dialog, '.close').focus(); // what had the focus is about to be hidden
    try {
      const view = await act(account.take());
      dialog.close();
      done(view);
    } catch (error) {
      summary.textContent = '';
      account.askAgain();
      throw error;
    }
  });
  const list = once(dialog, () => account.showEngines(api));
  const account = new AccountForm(find(dialog, 'form'), 'CONTINUE', { list: list.run, start: send.run });
  showDialog(dialog, () => send.isUnderWay || dialog.close());
}

/** A call that a dialog makes, one at a time; the problem of one that is refused is shown. */
function once(dialog: HTMLDialogElement, call: () => Promise<void>) {
  const problem = find(dialog, '.problem');
  const work = {
    isUnderWay: false,
    async run(): Promise<void> {
      if (work.isUnderWay) return;
      work.isUnderWay = true;
      problem.replaceChildren();
      try {
        await call();
      } catch (error) {
        showProblem(problem, error);
      } finally {
        work.isUnderWay = false;
      }
    },
  };
  return work;
}

function fieldOf({ name, label, choices }: Field): HTMLLabelElement {
  const field = choices ? document.createElement('select') : document.createElement('input');
  if (choices) field.append(new Option('Choose', '')); // `required` takes no empty value, so nothing is chosen unread
  for (const [value, words] of choices ?? []) field.append(new Option(words, value));
  field.name = name;
  field.required = true;
  if (field instanceof HTMLInputElement) field.autocomplete = 'off';
  return element('label', [`${label} `, field]);
}
