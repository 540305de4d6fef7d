import type { Login, RequestView } from '../../client/types.ts';
import type { Api } from '../api.ts';
import { element, find, makeDialog, type Stated, showDialog, showProblem } from '../dom.ts';
import { AccountForm } from '../work-dialog/account-form.ts';

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
export function askStep(step: Step, done: (view: RequestView) => void): void {
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
export function askAccount(
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
  const labelled = element('label', `${label} `);
  labelled.append(field);
  return labelled;
}
