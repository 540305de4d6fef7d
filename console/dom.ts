import { ProblemError } from './http.ts';

/** The element that `selector` names; the page always holds it. */
export function find<T extends Element = HTMLElement>(root: ParentNode, selector: string): T {
  const element = root.querySelector<T>(selector);
  if (!element) throw new Error(`The page has no ${selector}`);
  return element;
}

/** An element with text; text alone, so that no name can become markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  text: string,
  className = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** A list, one item a line. */
export function list(lines: readonly string[]): HTMLUListElement {
  const made = document.createElement('ul');
  made.append(...lines.map((line) => element('li', line)));
  return made;
}

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
