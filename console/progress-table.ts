import type { SourceProgress } from '../core/model.ts';
import { element, find } from './dom.ts';
import { remarkOn } from './source-states.ts';

/** Shows each source with its state, rows and size (R6). */
export function showProgress(table: HTMLTableElement, progress: readonly SourceProgress[]): void {
  table.hidden = progress.length === 0;
  find(table, 'tbody').replaceChildren(...progress.map(rowOf));
}

function rowOf(source: SourceProgress): HTMLTableRowElement {
  const row = document.createElement('tr');
  const name = element('th', source.name);
  name.scope = 'row';
  row.append(
    name,
    element('td', source.state),
    element('td', source.rows.toLocaleString('en'), 'number'),
    element('td', sizeText(source.bytes), 'number'),
    element('td', remarkOn(source)),
  );
  return row;
}

/** Bytes as kilobytes or megabytes. */
export const sizeText = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
