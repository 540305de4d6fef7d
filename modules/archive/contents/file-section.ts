import { addDays, type Day, daysBetween } from '../../common/day-window.ts';
import type { ManifestFile } from '../manifest.ts';
import { activityOf, type GatheredFile } from './build-manifest.ts';
import { type Dictionary, meaningOfFile } from './dictionary.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Escapes text for an element's content or a quoted attribute. Invisible characters, and those that change the reading
 * direction, are shown by their number.
 */
export const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (found) => `\u2039U+${hex(found)}\u203a`)
    .replaceAll(/[&<>"']/g, (found) => ENTITIES[found]!);

const hex = (text: string): string => text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');

/** A number with thin spaces between thousands. */
export const count = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');

/** `1 row`, `2 rows` */
const plural = (value: number, word: string): string => `${count(value)} ${word}${value === 1 ? '' : 's'}`;

/** Size of the drawing in its own units; the page scales it. */
const WIDTH = 720;
const HEIGHT = 96;
const LEFT = 48;
const BOTTOM = 18;
const TOP = 8;
/** Maximum bars; with more days each bar stands for a week. */
const MAX_BARS = 130;

/** First and last day of all charts of a page, so that readers can compare them. */
export interface Span {
  readonly from: Day;
  readonly to: Day;
}

type RowsOnDay = readonly [Day, number];

/** The days within a span. */
export const daysWithin = (days: readonly RowsOnDay[], { from, to }: Span): RowsOnDay[] =>
  days.filter(([day]) => day >= from && day <= to);

/** Rows per day of one file as bars in SVG, without script or style of its own. @param id unique on the page */
function activityChart(id: string, title: string, days: readonly RowsOnDay[], span: Span): string {
  const length = daysBetween(span.from, span.to) + 1;
  const perBar = length > MAX_BARS ? 7 : 1;
  const shown = daysWithin(days, span);
  const words = inWords(shown, days, span);
  if (shown.length === 0) return `<p class="words">${escaped(words)}.</p>`;
  const bars = new Array<number>(Math.ceil(length / perBar)).fill(0);
  for (const [day, rows] of shown) bars[Math.floor(daysBetween(span.from, day) / perBar)]! += rows;
  const most = bars.reduce((top, value) => Math.max(top, value), 1);
  const step = (WIDTH - LEFT) / bars.length;
  const drawn = bars.map((value, at) => bar(LEFT + at * step, step, value / most)).join('');
  const base = HEIGHT - BOTTOM;
  return (
    `<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-desc">` +
    `<title id="${id}-title">${escaped(title)}, rows per ${perBar === 7 ? 'week' : 'day'}</title>` +
    `<desc id="${id}-desc">${escaped(words)}</desc>` +
    `<path class="grid" d="M${LEFT} ${TOP}H${WIDTH}M${LEFT} ${(TOP + base) / 2}H${WIDTH}"/>` +
    `<path class="bars" d="${drawn}"/><path class="axis" d="M${LEFT} ${base}H${WIDTH}"/>` +
    `<text x="${LEFT - 6}" y="${TOP + 4}" text-anchor="end">${count(most)}</text>` +
    `<text x="${LEFT - 6}" y="${base}" text-anchor="end">0</text>` +
    `${dayLabels(span, length)}</svg><p class="words">${escaped(words)}.</p>`
  );
}

function inWords(shown: readonly RowsOnDay[], days: readonly RowsOnDay[], span: Span): string {
  const [busiest, rows] = days.reduce((best, each) => (each[1] > best[1] ? each : best));
  const active = days.filter(([, each]) => each > 0).length;
  const left = days.length - shown.length;
  return (
    `${plural(active, 'day')} with activity; the busiest was ${busiest} with ${plural(rows, 'row')}` +
    (left === 0 ? '' : `; ${plural(left, 'day')} outside ${span.from} to ${span.to} not drawn`)
  );
}

function bar(x: number, step: number, share: number): string {
  if (share === 0) return '';
  const height = Math.max(1.5, share * (HEIGHT - BOTTOM - TOP));
  const width = Math.max(1, step * 0.82);
  return `M${x.toFixed(1)} ${HEIGHT - BOTTOM}v${(-height).toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}z`;
}

function dayLabels({ from, to }: Span, length: number): string {
  const y = HEIGHT - 4;
  const middle = addDays(from, Math.floor(length / 2));
  const ends = `<text x="${LEFT}" y="${y}">${from}</text><text x="${WIDTH}" y="${y}" text-anchor="end">${to}</text>`;
  return length < 3 ? ends : `${ends}<text x="${(LEFT + WIDTH) / 2}" y="${y}" text-anchor="middle">${middle}</text>`;
}

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
