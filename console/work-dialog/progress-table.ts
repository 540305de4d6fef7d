import type { SourceProgress } from '../../client/types.ts';
import { element, find } from '../dom.ts';
import { remarkOn } from './source-states.ts';

/** Shows each source with its state, rows and size (R6), below the head that is the same wherever they are shown. */
export function showProgress(table: HTMLTableElement, progress: readonly SourceProgress[]): void {
  table.hidden = progress.length === 0;
  if (!table.tHead) table.append(find<HTMLTemplateElement>(document, '#progress-head').content.cloneNode(true));
  const body = table.tBodies[0] ?? table.createTBody();
  body.replaceChildren(...progress.map(rowOf));
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
