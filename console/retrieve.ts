import type { RequestView, Source, Subject } from '../core/model.ts';
import type { Api } from './api.ts';
import { element, find } from './dom.ts';
import { describeSubject, readSubject, SUBJECT_REFUSED } from './subject.ts';
import { type Work, WorkDialog } from './work-dialog.ts';

/** Wires the section `Retrieve user data`: checks the form (R1, R2), then opens `GDPR Retrieve data` (R3). */
export function wireRetrieve(api: Api): void {
  const form = find<HTMLFormElement>(document, '#retrieve');
  const problem = find(form, '.problem');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const named = readSubject(form);
    const sources = (['engine', 'portal'] as const).filter(
      (name) => find<HTMLInputElement>(form, `[name=${name}]`).checked,
    );
    problem.textContent = 'refused' in named ? SUBJECT_REFUSED[named.refused] : '';
    if ('refused' in named) return;
    if (sources.length > 0) new WorkDialog(api, retrieval(named.subject, sources)).show();
    else problem.textContent = 'Tick Engine data, Portal data, or both.';
  });
}

const retrieval = (subject: Subject, sources: readonly Source[]): Work => ({
  title: 'GDPR Retrieve data',
  statement: [
    `What is held about ${describeSubject(subject)} is about to be read:`,
    ...(sources.includes('engine') ? ['Engine data: all activity that the federated Engines have recorded.'] : []),
    ...(sources.includes('portal')
      ? ['Portal data: the results of every metric that holds anything about this name.']
      : []),
    'It becomes gdpr-data.tar.gz, a compressed set of CSV files, which is then downloaded. Nothing is changed.',
  ],
  confirm: 'CONTINUE',
  body: (login) => ({ kind: 'retrieve', subject, sources, login }),
  finish: showDownload,
});

/** Starts the download by itself, unless it is no longer wanted, and leaves a link that starts it again (R8). */
function showDownload(view: RequestView, dialog: WorkDialog, tooLate: boolean): void {
  const download = (): Promise<void> =>
    dialog.attempt(async () => location.assign((await dialog.api.createLink(view.requestId)).url));
  const link = element('a', 'CLICK HERE');
  link.href = '#download';
  link.addEventListener('click', (event) => {
    event.preventDefault();
    void download();
  });
  const again = element(
    'p',
    tooLate
      ? 'It was complete before it could be cancelled. To download gdpr-data.tar.gz: '
      : 'The download of gdpr-data.tar.gz starts by itself. If it does not: ',
  );
  again.append(link);
  const found = view.progress.some(({ state, rows }) => state === 'DONE' || rows > 0);
  dialog.tell(...(found ? [] : [element('p', 'Nothing was found under that name.')]), again);
  if (!tooLate) void download();
}
