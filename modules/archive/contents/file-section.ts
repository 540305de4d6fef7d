import { shorten, shownColumns } from '../first-rows.ts';
import type { ManifestFile } from '../manifest.ts';
import { activityChart, type Span } from './chart.ts';
import { type Dictionary, meaningOfFile } from './dictionary.ts';
import type { GatheredFile } from './gather.ts';
import { activityOf } from './gather.ts';
import { escaped, plural } from './html.ts';

/** Maximum rows of a file that are shown. */
const MAX_SHOWN = 5;

/** One file on the page: link, state, activity per day, first rows. @param id unique on the page */
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
    `<p class="about">${escaped(meaningOfFile(dictionary, name))}</p>${chart(file, id, span)}${sample(file, id, state)}</article>`
  );
}

function chart(file: GatheredFile, id: string, span: Span): string {
  const days = activityOf(file);
  return days.length > 0 ? activityChart(`${id}-chart`, file.name, days, span) : '';
}

function sample(file: GatheredFile, id: string, state: ManifestFile['state']): string {
  const records = file.fragments.flatMap(({ firstRows }) => firstRows).slice(0, MAX_SHOWN);
  if (records.length === 0) {
    const where = state === 'COMPLETE' ? '' : ' where an answer came';
    return `<p class="about">Nothing is recorded${where}.</p>`;
  }
  const head = shownColumns(file.columns)
    .map((column) => `<th scope="col">${escaped(shorten(column))}</th>`)
    .join('');
  const body = records.map((record) => {
    const cells = record.map((cell) => `<td><bdi>${escaped(cell)}</bdi></td>`);
    return `<tr>${cells.join('')}</tr>`;
  });
  return (
    `<div class="wide" role="region" tabindex="0" aria-labelledby="${id}-sample"><table class="sample">` +
    `<caption id="${id}-sample">First rows of ${escaped(file.name)}</caption>` +
    `<thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
  );
}
