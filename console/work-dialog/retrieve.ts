import type { Source, Subject } from '../../client/shapes.ts';
import type { RequestView } from '../../client/types.ts';
import type { Api } from '../api.ts';
import { button, element, find } from '../dom.ts';
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
    if (sources.length > 0) new WorkDialog(api, retrieval(named.subject, sources, isMasked(form))).show();
    else problem.textContent = 'Tick Engine data, Portal data, or both.';
  });
}

const isMasked = (form: HTMLFormElement): boolean => find<HTMLInputElement>(form, '[name=mask]').checked;

const retrieval = (subject: Subject, sources: Source[], mask: boolean): Work => ({
  title: 'GDPR Retrieve data',
  statement: [
    `What is held about ${describeSubject(subject)} is about to be read:`,
    ...(sources.includes('engine') ? ['Engine data: all activity that the federated Engines have recorded.'] : []),
    ...(sources.includes('portal')
      ? ['Portal data: the results of every metric that holds anything about this name.']
      : []),
    ...(subject.kind === 'device' ? [othersWarning(mask)] : []),
    'It becomes gdpr-data.tar.gz, a compressed set of CSV files, which is then downloaded. Nothing is changed.',
  ],
  confirm: 'CONTINUE',
  body: (login) => ({ kind: 'retrieve', subject, sources, login, ...(mask && { coUsers: 'mask' as const }) }),
  finish: showDownload,
});

/** Data of a device is data of the people who used it (GDPR Art. 15(4)). */
const othersWarning = (mask: boolean): string =>
  mask
    ? 'Names of other people who used this device are replaced; check all the same before you hand the archive on.'
    : 'It holds names and activity of everyone who used this device: check the rights of others before you hand it on.';

/** Says first when something is missing, starts the download by itself, and leaves a link that starts it again (R8). */
function showDownload(view: RequestView, dialog: WorkDialog, tooLate: boolean): void {
  const download = (): Promise<void> => dialog.attempt(() => dialog.api.download(view.requestId));
  const again = element('p', [openingWords(view, tooLate), downloadLink(download)]);
  const found = view.progress.some(({ state, rows }) => state === 'DONE' || rows > 0);
  dialog.tell(
    ...(found ? [] : [element('p', 'Nothing was found under that name.')]),
    again,
    ...rerunOffer(view, dialog),
  );
  if (!tooLate) void download();
}

function openingWords({ state, attempt, archive }: RequestView, tooLate: boolean): string {
  const name = archive?.fileName ?? 'gdpr-data.tar.gz';
  const partial = state === 'COMPLETED_WITH_ERRORS';
  if (tooLate && partial && attempt > 1) return `Cancelled. The archive is what it was before. To download ${name}: `;
  if (tooLate) return `It was complete before it could be cancelled. To download ${name}: `;
  const what = partial ? `The download of ${name}, which is incomplete,` : `The download of ${name}`;
  return `${what} starts by itself. If it does not: `;
}

function downloadLink(download: () => Promise<void>): HTMLAnchorElement {
  const link = element('a', 'CLICK HERE');
  link.href = '#download';
  link.addEventListener('click', (event) => {
    event.preventDefault();
    void download();
  });
  return link;
}

/** What is missing can be asked for again; what is there is kept (docs/decisions/0023). */
function rerunOffer({ state }: RequestView, dialog: WorkDialog): Node[] {
  if (state !== 'COMPLETED_WITH_ERRORS') return [];
  const again = button('ASK MISSING ONES AGAIN', '', () => dialog.askMissingAgain());
  return [element('p', 'What is missing can be asked for again; what is there is kept.'), again];
}
