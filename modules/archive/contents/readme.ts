import type { Manifest, ManifestFile } from '../manifest.ts';
import type { InformationSheet } from '../settings.ts';
import { type Dictionary, meaningOfColumn, meaningOfFile, tableOfColumn } from './dictionary.ts';
import { askedFacts, completeness, fileFacts, othersWarning, sourceFacts } from './statements.ts';
import { count, fill, type Texts, translated } from './texts.ts';

/** Maximum lines of one sheet, header included. */
const MAX_SHEET_ROWS = 1_048_576;

type Section = readonly [heading: string, ...lines: string[]];

/** `README.txt`: says in plain words what is in the archive, what is missing, and what each column means. */
export function writeReadme(manifest: Manifest, sheet: InformationSheet, dictionary: Dictionary, texts: Texts): string {
  const { files, sources, formulasNeutralized, asked } = manifest;
  const { lead, reading, spreadsheet, limits, sheet: information, columns } = texts.readme;
  const { heading, missing, says } = completeness(manifest, texts);
  const engines = sources.filter(({ source }) => source === 'engine');
  const tooLong = files.filter(({ rows }) => rows >= MAX_SHEET_ROWS);
  const sections: Section[] = [
    [
      texts.title[asked.subjectKind],
      `${heading.toUpperCase()}.`,
      ...missing.map((line) => `* ${line}`),
      ...says,
      '',
      ...askedFacts(manifest, texts).map(pair),
      lead,
    ],
    [texts.others.heading, ...othersWarning(manifest, texts)],
    [
      texts.files.heading,
      texts.files.days,
      ...files.flatMap((file) => [
        `${file.name}  (${fileFacts(file, texts).join(', ')})`,
        `    ${translated(meaningOfFile(dictionary, file.name), texts)}`,
      ]),
    ],
    [
      reading.heading,
      ...reading.lines,
      ...(engines.length > 1 ? [reading.severalEngines] : []),
      formulasNeutralized ? reading.marked : reading.asRecorded,
    ],
    [
      spreadsheet.heading,
      ...spreadsheet.lines,
      ...tooLong.map(({ name, rows }) =>
        fill(spreadsheet.tooLong, { name, rows: count(rows), shown: count(MAX_SHEET_ROWS - 1) }),
      ),
    ],
    [
      texts.sources.heading,
      ...sources.map((source) =>
        sourceFacts(source, texts)
          .filter(([, cell]) => cell !== '')
          .map(pair)
          .join('; '),
      ),
    ],
    [limits.heading, ...limits.lines],
    [
      information.heading,
      information.lead,
      '',
      ...Object.entries(information.answers).map(
        ([field, [question, otherwise]]) => `${question}: ${sheet[field as keyof InformationSheet] ?? otherwise}`,
      ),
    ],
    [columns.heading, ...columnLines(files, dictionary, texts)],
  ];
  return `${sections.flatMap(sectionLines).join('\r\n')}\r\n`;
}

/** A line may hold text from outside, so line breaks are removed. */
const sectionLines = ([heading, ...lines]: Section): string[] => [
  heading.toUpperCase(),
  '='.repeat(heading.length),
  ...lines.map((line) => line.replaceAll(/[\p{C}\u2028\u2029]+/gu, ' ')),
  '',
];

const pair = ([term, fact]: readonly [string, string]): string => `${term}: ${fact}`;

/** Each column of the archive, by table; a column of several files is explained once. */
function columnLines(files: readonly ManifestFile[], dictionary: Dictionary, texts: Texts): string[] {
  const words = texts.readme.columns;
  const byTable = new Map<string, Map<string, string>>();
  for (const { name, columns } of files) {
    for (const column of columns) {
      const table = tableOfColumn(dictionary, name, column);
      const lines = byTable.get(table) ?? new Map<string, string>();
      byTable.set(table, lines);
      const field = table && column.startsWith(`${table}/`) ? column.slice(table.length + 1) : column;
      const [unit, meaning] = meaningOfColumn(dictionary, name, column) ?? ['', words.unknown];
      const inBrackets = unit ? ` [${translated(unit, texts)}]` : '';
      lines.set(field, `    ${field}${inBrackets}: ${translated(meaning, texts)}`);
    }
  }
  return [...byTable].flatMap(([table, lines]) => [table || words.first, ...lines.values(), '']);
}
