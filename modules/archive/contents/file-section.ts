import type { ManifestFile } from '../manifest.ts';
import { activityChart, type Span } from './chart.ts';
import { type Dictionary, meaningOfFile } from './dictionary.ts';
import type { GatheredFile } from './gather.ts';
import { activityOf } from './gather.ts';
import { escaped, plural } from './html.ts';

/** One file on the page: link, state, activity per day. @param id unique on the page */
export function fileSection(
  file: GatheredFile,
  described: ManifestFile,
  id: string,
  span: Span,
  dictionary: Dictionary,
): string {
  const { name, rows, state, covered } = described;
  const href = encodeURI(name).replaceAll('&', '&amp;').replaceAll("'", '%27');
  const facts = [plural(rows, 'row'), ...(covered ? [`${covered.from} to ${covered.to}`] : [])];
  const mark = state === 'COMPLETE' ? 'ok' : 'gap';
  return (
    `<article class="card" aria-labelledby="${id}"><div class="file">` +
    `<h3 id="${id}"><a href="${href}">${escaped(name)}</a></h3>` +
    `<p><span class="state ${mark}">${state}</span> · ${facts.join(' · ')}</p></div>` +
    `<p class="about">${escaped(meaningOfFile(dictionary, name))}</p>${chart(file, id, span)}${rows === 0 ? nothing(state) : ''}</article>`
  );
}

function chart(file: GatheredFile, id: string, span: Span): string {
  const days = activityOf(file);
  return days.length > 0 ? activityChart(`${id}-chart`, file.name, days, span) : '';
}

const nothing = (state: ManifestFile['state']): string =>
  `<p class="about">Nothing is recorded${state === 'COMPLETE' ? '' : ' where an answer came'}.</p>`;
