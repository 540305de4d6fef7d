import type { Subject } from '../../client/shapes.ts';
import type { PreviewView } from '../../client/types.ts';
import { type Api, ProblemError } from '../api.ts';
import { button, element, find, list } from '../dom.ts';
import { showAnonymized } from './anonymized.ts';
import { describeSubject, readSubject, SUBJECT_REFUSED } from './subject.ts';
import { type Work, WorkDialog } from './work-dialog.ts';

/** What will change, once the account is checked (R14). */
function previewNodes(view: PreviewView): HTMLElement[] {
  const changed = view.tables.filter(({ rows }) => rows > 0);
  const suspected = view.tables.reduce((sum, table) => sum + table.suspected, 0);
  const section = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : [element('p', title), list(items)];
  return [
    element('p', `${count(view.rows)} rows of the Portal will change.`),
    list(changed.map(({ table, rows }) => `${table}: ${count(rows)}`)),
    ...section('The name is written there as:', view.spellings),
    ...section(`${count(suspected)} cells only look alike and are never changed, such as:`, view.nearNames),
    ...section('It also stands where nothing is changed, so the Portal will refuse:', view.unmapped),
    ...section('A login account of the Portal has this name and is not changed:', view.accounts),
    ...section('Out of reach of the change:', view.outOfReach),
    ...(view.notBefore
      ? [element('p', `The nightly jobs of the Portal have their time until ${view.notBefore}.`)]
      : []),
  ];
}

/** Asks whether a retrieval should come first: afterwards nothing can be found under the name any more. */
function retrievalFirst(subject: Subject, leave: () => void): HTMLElement[] {
  const first = button('RETRIEVE FIRST', 'main', () => {
    leave();
    fillRetrieval(subject);
  });
  const question = `Should the data of ${describeSubject(subject)} be retrieved first? Afterwards nothing can be found under this name.`;
  return [element('p', question), first];
}

function fillRetrieval({ kind, name }: Subject): void {
  const form = find<HTMLFormElement>(document, '#retrieve');
  for (const field of ['user', 'device'] as const) {
    find<HTMLInputElement>(form, `[name=${field}]`).value = field === kind ? name : '';
  }
  for (const source of ['engine', 'portal']) find<HTMLInputElement>(form, `[name=${source}]`).checked = true;
  find(form, 'button').focus();
}

const count = (number: number): string => number.toLocaleString('en');

/** Wires the section `Anonymize user data`: the button wakes with the tick and exactly one name (R13). */
export function wireAnonymize(api: Api): void {
  const form = find<HTMLFormElement>(document, '#anonymize');
  const tick = find<HTMLInputElement>(form, '[name=irreversible]');
  const button = find<HTMLButtonElement>(form, 'button');
  const check = (): void => {
    const named = readSubject(form);
    const both = 'refused' in named && named.refused === 'both';
    find(form, '.problem').textContent = both ? SUBJECT_REFUSED.both : '';
    button.disabled = !tick.checked || 'refused' in named;
  };
  form.addEventListener('input', check);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const named = readSubject(form);
    if ('refused' in named || !tick.checked) return;
    new WorkDialog(api, anonymization(named.subject)).show();
    tick.checked = false; // each anonymization is confirmed anew
    check();
  });
}

function anonymization(subject: Subject): Work {
  let planHash: string | undefined;
  return {
    ...stated(subject),
    body: (login) => ({ kind: 'anonymize', subject, irreversible: true, login, ...(planHash && { planHash }) }),
    async preview(login, dialog) {
      const first = retrievalFirst(subject, () => dialog.close());
      try {
        const view = await dialog.api.call('preview', { body: { kind: 'anonymize', subject, login } });
        planHash = view.planHash;
        dialog.tell(...previewNodes(view), ...(view.rows > 0 ? first : []));
      } catch (error) {
        if (!(error instanceof ProblemError && error.problem.type === '/problems/preview-timeout')) throw error;
        planHash = undefined; // the account is good, and whether it may go without a count is for the settings to say
        dialog.tell(element('p', `${error.problem.detail}. How many rows will change is not known.`), ...first);
      }
    },
    finish: showAnonymized,
  };
}

const stated = (subject: Subject): Pick<Work, 'title' | 'statement' | 'confirm'> => ({
  title: 'GDPR Anonymize Portal data',
  statement: [
    `The name of ${describeSubject(subject)} is about to be replaced by a random one everywhere in the Portal database.`,
    'Nobody can undo this. Results stay, but nobody can be identified by that name in them any more.',
    'Engines are not touched: they cannot anonymize.',
  ],
  confirm: 'ANONYMIZE',
});
