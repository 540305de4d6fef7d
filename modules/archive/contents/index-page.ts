import { createHash } from 'node:crypto';
import { daysBetween } from '../../common/day-window.ts';
import { wasRetrieved } from '../../requests/state-machine.ts';
import type { GatheredFile } from '../layout.ts';
import type { Manifest, ManifestFile } from '../manifest.ts';
import { type Dictionary, meaningOfFile } from './dictionary.ts';
import { PAGE_STYLE } from './page-style.ts';
import { askedFacts, completeness, fileFacts, othersWarning, sourceFacts } from './statements.ts';
import { count, fill, type Texts, translated } from './texts.ts';

const STYLE_HASH = createHash('sha256').update(PAGE_STYLE).digest('base64');
/** Allows only the page's own style: no script, no request, no form. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

/** `index.html`: an overview that works from disk without a network, and without any script. */
export function writeIndexPage(
  manifest: Manifest,
  gathered: readonly GatheredFile[],
  dictionary: Dictionary,
  texts: Texts,
): string {
  const title = escaped(texts.title[manifest.asked.subjectKind]);
  const { heading, mark, missing, says } = completeness(manifest, texts);
  const list = missing.length > 0 ? `<ul>${missing.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>` : '';
  const facts = askedFacts(manifest, texts).map(([term, fact]) => `<dt>${escaped(term)}</dt><dd>${escaped(fact)}</dd>`);
  const sections = manifest.files.map((file, at) => {
    const about = translated(meaningOfFile(dictionary, file.name), texts);
    return fileSection(file, `file-${at + 1}`, about, activityChart(gathered[at]!, `chart-${at + 1}`, texts), texts);
  });
  return `<!doctype html>
<html lang="${texts.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}${escaped(mark)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<a class="skip" href="#files">${escaped(texts.files.skip)}</a>
<header>
<h1>${title}</h1>
<p class="lead">${linked(texts.page.lead)}</p>
</header>
<main>
${card(manifest.complete ? 'good' : 'alert', 'state', heading, says.map((line) => `<p>${escaped(line)}</p>`).join('') + list)}
${card('notice', 'others', texts.others.heading, `<p>${escaped(othersWarning(manifest, texts).join(' '))}</p>`)}
${card('', 'asked', texts.asked.heading, `<dl>${facts.join('')}</dl>`)}
${card('', 'sources', texts.sources.heading, sourcesTable(manifest, texts))}
<section class="files" aria-labelledby="files">
<h2 id="files" tabindex="-1">${escaped(texts.files.heading)}</h2>
<p class="about">${escaped(texts.files.days)}</p>
${sections.join('\n')}
</section>
</main>
<footer>
<p>${linked(texts.page.end)}</p>
</footer>
</body>
</html>
`;
}

function sourcesTable({ sources }: Manifest, texts: Texts): string {
  const missingFirst = sources.toSorted((a, b) => Number(wasRetrieved(a)) - Number(wasRetrieved(b)));
  const heads = missingFirst.slice(0, 1).flatMap((source) => sourceFacts(source, texts));
  const rows = missingFirst.map((source) => {
    const cells = sourceFacts(source, texts).map(([, cell], at) =>
      at === 0 ? `<th scope="row">${escaped(cell)}</th>` : `<td>${escaped(cell)}</td>`,
    );
    return `<tr${wasRetrieved(source) ? '' : ' class="gap"'}>${cells.join('')}</tr>`;
  });
  return (
    `<div class="wide" role="region" tabindex="0" aria-labelledby="sources"><table>` +
    `<caption>${escaped(texts.sources.caption)}</caption><thead><tr>` +
    `${heads.map(([head]) => `<th scope="col">${escaped(head)}</th>`).join('')}</tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table></div>`
  );
}

const card = (kind: string, id: string, title: string, body: string): string =>
  `<section class="card ${kind}" aria-labelledby="${id}"><h2 id="${id}">${escaped(title)}</h2>${body}</section>`;

/** One file on the page: link, state, what it holds, its activity. @param id unique on the page */
function fileSection(file: ManifestFile, id: string, about: string, chart: string, texts: Texts): string {
  const href = encodeURI(file.name).replaceAll('&', '&amp;').replaceAll("'", '%27');
  const [state, ...facts] = fileFacts(file, texts).map(escaped);
  return (
    `<article class="card" aria-labelledby="${id}"><div class="file">` +
    `<h3 id="${id}"><a href="${href}">${escaped(file.name)}</a></h3>` +
    `<p><span class="state ${file.state === 'COMPLETE' ? 'ok' : 'gap'}">${state}</span> · ${facts.join(' · ')}</p></div>` +
    `<p class="about">${escaped(about)}</p>${chart}</article>`
  );
}

/** For content or a quoted attribute. Invisible characters, and those that change the reading direction, are shown by number. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (found) => `\u2039U+${hex(found)}\u203a`)
    .replaceAll(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);

const linked = (text: string): string =>
  escaped(text).replaceAll(/README\.txt|manifest\.json/g, (name) => `<a href="${name}">${name}</a>`);

const hex = (text: string): string => text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');

/** With more days than this, each bar stands for several. */
const MAX_BARS = 130;
/** The drawing is at least this many bars wide, so that few days make no wide bars. */
const MIN_WIDTH = 30;
const HEIGHT = 40;

/** Rows per day of one file as bars in SVG, named by their caption; empty for a file without days. @param id unique on the page */
function activityChart({ fragments }: GatheredFile, id: string, { files }: Texts): string {
  const activity = fragments.flatMap(({ rowsPerDay }) => Object.entries(rowsPerDay));
  const days = activity.map(([day]) => day).sort();
  const [from, to] = [days[0], days.at(-1)];
  if (from === undefined || to === undefined) return '';
  const perBar = Math.ceil((daysBetween(from, to) + 1) / MAX_BARS);
  const bars = new Array<number>(Math.floor(daysBetween(from, to) / perBar) + 1).fill(0);
  for (const [day, rows] of activity) bars[Math.floor(daysBetween(from, day) / perBar)]! += rows;
  const most = Math.max(...bars);
  const drawn = bars.map((rows, at) =>
    rows === 0 ? '' : `M${at} ${HEIGHT}v-${Math.max(1, (HEIGHT * rows) / most).toFixed(1)}h.8V${HEIGHT}z`,
  );
  const caption = fill(perBar === 1 ? files.chart : files.chartOfDays, { days: perBar, from, to, most: count(most) });
  return (
    `<figure><svg role="img" aria-labelledby="${id}" preserveAspectRatio="none" ` +
    `viewBox="0 0 ${Math.max(MIN_WIDTH, bars.length)} ${HEIGHT}"><path d="${drawn.join('')}"/></svg>` +
    `<figcaption id="${id}">${caption}</figcaption></figure>`
  );
}
