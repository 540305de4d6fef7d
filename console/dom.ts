import { ProblemError } from './api.ts';

/** The element that `selector` names; the page always holds it. */
export function find<T extends Element = HTMLElement>(root: ParentNode, selector: string): T {
  const element = root.querySelector<T>(selector);
  if (!element) throw new Error(`The page has no ${selector}`);
  return element;
}

type Content = string | Node | readonly (string | Node)[];

/** An element with text and other elements; text alone, so that no name can become markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  content: Content,
  className = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.append(...[content].flat().filter((part) => part !== ''));
  if (className) made.className = className;
  return made;
}

/** A row of a table: cells as they are, anything else in a cell. */
export const tableRow = (...cells: Content[]): HTMLTableRowElement =>
  element(
    'tr',
    cells.map((cell) => (cell instanceof HTMLTableCellElement ? cell : element('td', cell))),
  );

/** The cell that names its row. */
export function rowHead(content: Content): HTMLTableCellElement {
  const made = element('th', content);
  made.scope = 'row';
  return made;
}

/** A button outside of what a form sends. */
export function button(text: string, className: string, act: () => void): HTMLButtonElement {
  const made = element('button', text, className);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

export const list = (lines: readonly string[]): HTMLUListElement =>
  element(
    'ul',
    lines.map((line) => element('li', line)),
  );

/** A live region speaks on each change, so the same text is not set again. */
export function setText(place: Element, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}

/** Shows what went wrong: title, detail, and the fields that a problem document points to (R23). */
export function showProblem(target: Element, error: unknown): void {
  if (!(error instanceof ProblemError)) throw error;
  const { title, detail, errors = [] } = error.problem;
  const fields = errors
    .map(({ pointer, detail: what }) => `${pointer}: ${what}`)
    .filter((field) => !detail.includes(field));
  target.replaceChildren(element('strong', title), element('p', detail), ...(fields.length > 0 ? [list(fields)] : []));
}

const DAY_MS = 86_400_000;

/** An instant (ISO 8601 UTC) as the page writes it: `2026-12-02 23:59 UTC`. */
export const timeText = (instant: string): string => `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;

/** The same as an element that machines read too. */
export function timeElement(instant: string): HTMLTimeElement {
  const made = element('time', timeText(instant));
  made.dateTime = instant;
  return made;
}

/** How far the last second of a day is away: `8 days left`, `1 day left`, `due today`, `overdue by 2 days`. */
export function daysLeftText(dueAt: string, now: Date): string {
  const days = Math.floor((Date.parse(dueAt) - now.getTime()) / DAY_MS);
  if (days === 0) return 'due today';
  return days > 0 ? `${daysText(days)} left` : `overdue by ${daysText(-days)}`;
}

const daysText = (days: number): string => `${days} ${days === 1 ? 'day' : 'days'}`;

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
