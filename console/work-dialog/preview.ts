import type { Subject } from '../../client/shapes.ts';
import type { PreviewView } from '../../client/types.ts';
import { element, find, list } from '../dom.ts';
import { describeSubject } from './subject.ts';

/** What will change, once the account is checked (R14). */
export function previewNodes(view: PreviewView): HTMLElement[] {
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
export function retrievalFirst(subject: Subject, leave: () => void): HTMLElement[] {
  const button = element('button', 'RETRIEVE FIRST', 'main');
  button.type = 'button';
  button.addEventListener('click', () => {
    leave();
    fillRetrieval(subject);
  });
  const question = `Should the data of ${describeSubject(subject)} be retrieved first? Afterwards nothing can be found under this name.`;
  return [element('p', question), button];
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
