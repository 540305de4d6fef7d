import { element, find } from './dom.ts';

/** What a dialog says before anything else. */
export interface Stated {
  readonly title: string;
  readonly statement: readonly string[];
}

/** A dialog from a template of the page, with its title and what is about to happen. */
export function makeDialog(template: '#work-dialog' | '#step-dialog', { title, statement }: Stated): HTMLDialogElement {
  const { content } = find<HTMLTemplateElement>(document, template);
  const dialog = find<HTMLDialogElement>(content.cloneNode(true) as DocumentFragment, 'dialog');
  find(dialog, 'h2').textContent = title;
  dialog.setAttribute('aria-label', title);
  find(dialog, '.statement').append(...statement.map((line) => element('p', line)));
  return dialog;
}

/**
 * Opens it; the focus returns to where it was once it is closed, or to the page when that is gone meanwhile.
 * @param close what CLOSE and the Escape key do
 */
export function showDialog(dialog: HTMLDialogElement, close: () => void): void {
  find(dialog, '.close').addEventListener('click', close);
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (document.activeElement === document.body) find(document, 'main [tabindex="-1"]:not([hidden])').focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}
