import { createHash } from 'node:crypto';
import { wasRetrieved } from '../../requests/state-machine.ts';
import type { Manifest, ManifestFile } from '../manifest.ts';
import { type Dictionary, meaningOfFile } from './dictionary.ts';
import { PAGE_STYLE } from './page-style.ts';
import { fileGaps, missingLines, NOTHING_FOUND, noteLines, othersWarning } from './reasons.ts';

const STYLE_HASH = createHash('sha256').update(PAGE_STYLE).digest('base64');
/** Allows only the page's own style: no script, no request, no form. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

/**
 * `index.html`: an overview that works from disk without a network. All data are escaped, and the page's own policy allows
 * no script.
 */
export function writeIndexPage(manifest: Manifest, dictionary: Dictionary): string {
  const title = `Data held about one ${manifest.asked.subjectKind}`;
  const sections = manifest.files.map((file, at) => fileSection(file, `file-${at + 1}`, dictionary));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}${titleNote(manifest)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<a class="skip" href="#files">Skip to the files</a>
<header>
<h1>${title}</h1>
<p class="lead">Overview of this archive. <a href="README.txt">README.txt</a> explains every column.</p>
</header>
<main>
${completeness(manifest)}
${others(manifest)}
${asked(manifest)}
${sources(manifest)}
<section class="files" aria-labelledby="files">
<h2 id="files" tabindex="-1">Files</h2>
${sections.join('\n')}
</section>
</main>
<footer>
<p>Whether this answer suffices is for the legal department of the company to decide.
<a href="manifest.json">manifest.json</a> tells the same to machines.</p>
</footer>
</body>
</html>
`;
}

const titleNote = ({ complete, nothingFound }: Manifest): string =>
  complete ? '' : nothingFound ? ' (nothing found)' : ' (incomplete)';

/** What is missing comes first (R12). */
function completeness(manifest: Manifest): string {
  const lines = [...missingLines(manifest), ...fileGaps(manifest), ...noteLines(manifest)];
  const items = lines.map((line) => `<li>${escaped(line)}</li>`).join('');
  const list = lines.length > 0 ? `<ul>${items}</ul>` : '';
  if (manifest.nothingFound) {
    const words = NOTHING_FOUND.map((line) => `<p>${escaped(line)}</p>`).join('');
    return card('alert', 'state', 'Nothing was found under the name that was asked for', `${words}${list}`);
  }
  if (!manifest.complete) {
    return card('alert', 'state', 'This archive is incomplete', `<p>Some data could not be retrieved:</p>${list}`);
  }
  return card('good', 'state', 'Complete', `<p>Every source that was asked has answered.</p>${list}`);
}

const others = (manifest: Manifest): string =>
  card('notice', 'others', 'Other people', `<p>${escaped(othersWarning(manifest).join(' '))}</p>`);

function asked({ asked: { subjectKind, sources: from, at }, requestId, attempt, tool, ...rest }: Manifest): string {
  const facts: [string, string][] = [
    ['About', `one ${subjectKind}, whose name is not repeated here`],
    ['From', from.map((source) => (source === 'engine' ? 'the Engines' : 'the Portal')).join(' and ')],
    ['On', `${at.slice(0, 16).replace('T', ' ')} UTC`],
    ['Engines asked', rest.federation === 'configured' ? 'those configured as federated' : 'all that the Portal lists'],
    [
      'View of the account',
      rest.accountScope === 'attested' ? 'attested to be the whole' : 'not attested to be the whole',
    ],
    ['Names of others', rest.coUsers === 'mask' ? 'replaced' : 'kept'],
    [
      'Formulas',
      rest.formulasNeutralized ? 'marked by an apostrophe, so that a spreadsheet does not run them' : 'as recorded',
    ],
    ['Request', `${requestId}, attempt ${attempt}, ${tool.name} ${tool.version}`],
  ];
  const list = facts.map(([term, fact]) => `<dt>${term}</dt><dd>${escaped(fact)}</dd>`).join('');
  return card('', 'asked', 'What was asked', `<dl>${list}</dl>`);
}

function sources({ sources: all }: Manifest): string {
  const missingFirst = all.toSorted((a, b) => Number(wasRetrieved(a)) - Number(wasRetrieved(b)));
  const rows = missingFirst.map((source) => {
    const days = source.asked ? `${source.asked.from} to ${source.asked.to}` : '';
    const state = `<td class="state ${wasRetrieved(source) ? 'ok' : 'gap'}">${source.state}</td>`;
    const cells = [source.timezone ?? '', days, source.tls === 'insecure' ? 'not checked' : (source.tls ?? '')];
    return (
      `<tr><th scope="row">${escaped(source.name)}</th>${state}<td class="number">${count(source.rows)}</td>` +
      `${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`
    );
  });
  const heads = ['Source', 'State', 'Rows', 'Time zone', 'Days asked for', 'Certificate'];
  const header = heads
    .map((head) => `<th scope="col"${head === 'Rows' ? ' class="number"' : ''}>${head}</th>`)
    .join('');
  const table =
    '<div class="wide" role="region" tabindex="0" aria-label="Table of sources"><table>' +
    `<caption>Engines and Portal, missing ones first</caption><thead><tr>${header}</tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table></div>`;
  return card('', 'sources', 'Sources', table);
}

const card = (kind: string, id: string, title: string, body: string): string =>
  `<section class="card ${kind}" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`;

/** One file on the page: link, state, what it holds. @param id unique on the page */
function fileSection({ name, rows, state, covered }: ManifestFile, id: string, dictionary: Dictionary): string {
  const href = encodeURI(name).replaceAll('&', '&amp;').replaceAll("'", '%27');
  const facts = [plural(rows, 'row'), ...(covered ? [`${covered.from} to ${covered.to}`] : [])];
  const mark = state === 'COMPLETE' ? 'ok' : 'gap';
  const nothing = `Nothing is recorded${state === 'COMPLETE' ? '' : ' where an answer came'}.`;
  return (
    `<article class="card" aria-labelledby="${id}"><div class="file">` +
    `<h3 id="${id}"><a href="${href}">${escaped(name)}</a></h3>` +
    `<p><span class="state ${mark}">${state}</span> · ${facts.join(' · ')}</p></div>` +
    `<p class="about">${escaped(meaningOfFile(dictionary, name))}</p>${rows === 0 ? `<p class="about">${nothing}</p>` : ''}</article>`
  );
}

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
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (found) => `\u2039U+${hex(found)}\u203a`)
    .replaceAll(/[&<>"']/g, (found) => ENTITIES[found]!);

const hex = (text: string): string => text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');

/** A number with thin spaces between thousands. */
const count = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');

/** `1 row`, `2 rows` */
const plural = (value: number, word: string): string => `${count(value)} ${word}${value === 1 ? '' : 's'}`;
