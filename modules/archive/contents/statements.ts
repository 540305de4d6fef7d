import { addDays } from '../../common/day-window.ts';
import { wasRetrieved } from '../../requests/state-machine.ts';
import type { Manifest, ManifestFile, ManifestGap, ManifestSource } from '../manifest.ts';
import { count, fill, type Texts, textOf } from './texts.ts';

/** What a reader must know first (R12): whether the archive is complete for the account, what is missing, and what nobody could retrieve. */
export function completeness(manifest: Manifest, texts: Texts) {
  const { complete, nothingFound, simulated, accountScope, missing, files, notes } = manifest;
  const { heading, mark, says } = texts.outcome[nothingFound ? 'nothingFound' : complete ? 'complete' : 'incomplete'];
  const gaps = files.flatMap(({ missing: all }) =>
    all.filter((gap) => !missing.some(({ name }) => name === gap.source)),
  );
  return {
    heading,
    mark,
    missing: [
      ...missing.map(
        ({ name, state, reason = '' }) => `${name}: ${textOf(texts.gaps, reason) ?? texts.states[state]} (${state})`,
      ),
      ...gaps.map((gap) => gapLine(gap, texts)),
      ...notes.map((note) => fill(texts.note, { gap: gapLine(note, texts) })),
    ],
    says: [
      ...(simulated ? [fill(texts.simulated, { sources: namesOf(simulated, texts) })] : []),
      ...says.map((line) => fill(line, { account: texts.account[accountScope] })),
    ],
  };
}

const namesOf = (sources: Manifest['asked']['sources'], { asked }: Texts): string =>
  sources.map((source) => asked[source]).join(', ');

/** `engines/a.csv: engine-1, windows, 2026-01-01 to 2026-01-31: more rows than can be asked for at once (ROW_LIMIT)` */
function gapLine({ file, source, platform, from, to, reason }: ManifestGap, texts: Texts): string {
  const days = from && to && fill(texts.days, { from, to: addDays(to, -1) });
  const where = [source, platform, days].filter(Boolean).join(', ');
  return `${file}: ${where}: ${textOf(texts.gaps, reason) ?? texts.gaps.other} (${reason})`;
}

/** The warning about data of other people, as it applies to this archive. */
export const othersWarning = ({ asked, coUsers }: Manifest, { others }: Texts): readonly string[] =>
  coUsers === 'mask' ? others.masked : others[asked.subjectKind];

export function askedFacts(manifest: Manifest, texts: Texts): readonly (readonly [term: string, fact: string])[] {
  const { asked, federation, coUsers, formulasNeutralized, requestId, attempt, tool } = manifest;
  const words = texts.asked;
  return [
    [words.about, texts.subject[asked.subjectKind]],
    [words.from, namesOf(asked.sources, texts)],
    [words.at, fill(texts.time, { time: asked.at.slice(0, 16).replace('T', ' ') })],
    [words.federation, words[federation]],
    [words.coUsers, words[coUsers]],
    [words.formulas, formulasNeutralized ? words.marked : words.asRecorded],
    [words.request, fill(words.requestIs, { requestId, attempt, ...tool })],
  ];
}

/** What is known of a source, as pairs of a column and its cell. */
export function sourceFacts(source: ManifestSource, texts: Texts): readonly (readonly [head: string, cell: string])[] {
  const { name, state, rows, matchingObjects, timezone = '', asked, tls, version = '' } = source;
  const words = texts.sources;
  return [
    [words.source, name],
    [words.state, texts.states[state]],
    [words.rows, count(rows)],
    [words.objects, wasRetrieved(source) ? count(matchingObjects) : ''],
    [words.timezone, timezone],
    [words.days, asked ? fill(texts.days, asked) : ''],
    [words.certificate, tls ? words[tls] : ''],
    [words.version, version],
  ];
}

export const fileFacts = ({ state, rows, covered }: ManifestFile, texts: Texts): readonly string[] => [
  texts.files[state],
  fill(texts.files.rows, { rows: count(rows) }),
  ...(covered ? [fill(texts.days, covered)] : []),
];
