import type { SourceState } from '../../client/shapes.ts';
import type { SourceProgress } from '../../client/types.ts';
import { element, find, rowHead, tableRow } from '../dom.ts';

/** What a state means for whoever waits; sources in a state marked `missing` have given nothing (R12). */
const MEANING: Readonly<Record<SourceState, { readonly text: string; readonly missing?: true }>> = {
  PENDING: { text: 'not asked yet' },
  RUNNING: { text: 'is being asked' },
  DONE: { text: '' },
  EMPTY: { text: 'answered, holds nothing under that name' },
  NO_LICENCE: { text: 'has no Nexthink Integrate licence', missing: true },
  UNREACHABLE: { text: 'did not answer, or is not connected to the Portal', missing: true },
  TLS_FAILED: { text: 'shows a certificate that is not trusted', missing: true },
  AUTH_FAILED: { text: 'refused the account', missing: true },
  TIMED_OUT: { text: 'took too long to answer', missing: true },
  REJECTED_QUERY: { text: 'refused a query', missing: true },
  FAILED: { text: 'failed', missing: true },
  CANCELLED: { text: 'was cancelled', missing: true },
};

/** The remark beside a source in the table of progress. */
function remarkOn({ state, current, window }: SourceProgress): string {
  if (state !== 'RUNNING' || !current) return MEANING[state].text;
  return window ? `${current}, ${window.from} to ${window.to}` : current;
}

/** Sources that gave nothing, or not all, each with the reason. */
export const missingSources = (progress: readonly SourceProgress[]): string[] =>
  progress.flatMap((source) => {
    const { name, state, reason, gaps = 0 } = source;
    if (MEANING[state].missing) return [`${name} ${remarkOn(source)} (${[state, reason].filter(Boolean).join(', ')})`];
    return gaps > 0 ? [`${name} answered with gaps: ${gaps} stretches of files could not be had`] : [];
  });

/** True when a source has given all it will. */
export const isSettled = ({ state }: SourceProgress): boolean => state !== 'PENDING' && state !== 'RUNNING';

/** Shows each source with its state, rows and size (R6), below the head that is the same wherever they are shown. */
export function showProgress(table: HTMLTableElement, progress: readonly SourceProgress[]): void {
  table.hidden = progress.length === 0;
  if (!table.tHead) table.append(find<HTMLTemplateElement>(document, '#progress-head').content.cloneNode(true));
  const body = table.tBodies[0] ?? table.createTBody();
  body.replaceChildren(...progress.map(rowOf));
}

const rowOf = (source: SourceProgress): HTMLTableRowElement =>
  tableRow(
    rowHead(source.name),
    source.state,
    element('td', source.rows.toLocaleString('en'), 'number'),
    element('td', sizeText(source.bytes), 'number'),
    remarkOn(source),
  );

export const sizeText = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
