import type { Subject } from '../../client/shapes.ts';
import type { Api } from '../api.ts';
import { element, find } from '../dom.ts';
import { ProblemError } from '../http.ts';
import { showAnonymized } from './anonymized.ts';
import { previewNodes, retrievalFirst } from './preview.ts';
import { describeSubject, readSubject, SUBJECT_REFUSED } from './subject.ts';
import { type Work, WorkDialog } from './work-dialog.ts';

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
        const view = await dialog.api.preview({ kind: 'anonymize', subject, login });
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
