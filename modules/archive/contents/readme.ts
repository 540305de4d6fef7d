import { wasRetrieved } from '../../requests/state-machine.ts';
import type { Manifest, ManifestFile } from '../manifest.ts';
import type { InformationSheet } from '../settings.ts';
import { type Dictionary, meaningOfColumn, meaningOfFile, tableOfColumn } from './dictionary.ts';
import { fileGaps, missingLines, NOTHING_FOUND, noteLines, othersWarning } from './reasons.ts';

/** Data that an export of Engines never holds. Source: docs/nxql.md, "What is asked". */
const NOT_HERE = [
  'results and history of Portal metrics beyond what lies under portal/, if Portal data was asked for;',
  'log files of the Collector on devices;',
  'logs of the Web Console and its audit log;',
  'backups of Engines and Portal (both are made every night);',
  'what an Engine has already removed because its time was over or its room was full.',
];

/** Maximum lines of one sheet, header included. */
const MAX_SHEET_ROWS = 1_048_576;

/** `README.txt`: says in plain words what is in the archive, what is missing, and what each column means. */
export function writeReadme(manifest: Manifest, sheet: InformationSheet, dictionary: Dictionary): string {
  const parts = [
    ...section(`DATA HELD ABOUT ONE ${manifest.asked.subjectKind.toUpperCase()}`, whatItIs(manifest)),
    ...section('WHAT IS MISSING', whatIsMissing(manifest)),
    ...section('OTHER PEOPLE', othersWarning(manifest)),
    ...section(
      'FILES',
      manifest.files.flatMap((file) => fileLines(file, dictionary)),
    ),
    ...section('HOW TO READ THE FILES', howToRead(manifest)),
    ...section('IN A SPREADSHEET', inASpreadsheet(manifest)),
    ...section('SOURCES', manifest.sources.map(sourceLine)),
    ...section('WHAT AN EXPORT OF ENGINES CANNOT CONTAIN', NOT_HERE.map(bullet)),
    ...section('INFORMATION UNDER GDPR ART. 15(1)', [
      'Whether this copy and this information suffice is for the legal department of the company to decide.',
      '',
      ...informationLines(sheet),
    ]),
    ...section('COLUMNS', columnLines(manifest.files, dictionary)),
  ];
  return `${parts.join('\r\n')}\r\n`;
}

/** A line may hold text from outside, so line breaks are removed. */
const section = (title: string, lines: readonly string[]): string[] => [
  title,
  '='.repeat(title.length),
  ...lines.map(oneLine),
  '',
];

function whatItIs(manifest: Manifest): string[] {
  const { asked, requestId, attempt, tool, accountScope, simulated } = manifest;
  const scope =
    accountScope === 'attested'
      ? 'The operator vouches that the account used sees every device and user.'
      : 'Nobody vouched that the account used sees every device and user: complete means complete for that account.';
  return [
    ...whatIsWrong(manifest),
    ...(simulated ? [`SIMULATED, ABOUT NO REAL PERSON: ${simulated.join(' and ')} data.`, ''] : []),
    `Asked for: what is recorded about one ${asked.subjectKind}, from ${asked.sources.join(' and ')}, on ${asked.at}.`,
    scope,
    `Request ${requestId}, attempt ${attempt}, written by ${tool.name} ${tool.version}.`,
    'Open index.html in a browser for an overview. manifest.json tells the same to machines.',
  ];
}

/** What a reader must know before anything else. */
function whatIsWrong({ complete, nothingFound, missing }: Manifest): string[] {
  if (nothingFound) return ['NOTHING WAS FOUND UNDER THE NAME THAT WAS ASKED FOR.', ...NOTHING_FOUND, ''];
  return complete ? [] : ['THIS ARCHIVE IS INCOMPLETE.', ...missingLines({ missing }).map(bullet), ''];
}

const whatIsMissing = (manifest: Manifest): string[] => [
  ...(manifest.complete ? ['Nothing that was asked for is missing.'] : []),
  ...(manifest.nothingFound ? ['Every source answered, and none knows the name.'] : []),
  ...[...missingLines(manifest), ...fileGaps(manifest)].map(bullet),
  ...noteLines(manifest).map((line) => `${bullet(line)}; no request could retrieve it`),
];

const fileLines = ({ name, rows, state, covered }: ManifestFile, dictionary: Dictionary): string[] => [
  `${name}  (${state}, ${counted(rows, 'row')}${covered ? `, ${covered.from} to ${covered.to}` : ''})`,
  `    ${meaningOfFile(dictionary, name)}`,
];

function howToRead({ formulasNeutralized, sources }: Manifest): string[] {
  const engines = sources.filter(({ source }) => source === 'engine');
  return [
    'Comma-separated values (RFC 4180), UTF-8, the first line names the columns. A file without rows means: nothing recorded.',
    'A column called table/field tells a field of the object or event of that table.',
    'Times of Engines are local to the Engine and carry no zone; the zone of each Engine stands under SOURCES.',
    'A lone - means: no data. N/A means: does not exist on this operating system; unknown: could not be found out.',
    'Lists are joined by commas inside one cell. Shares are fractions: 0.85 means 85 %.',
    'Ids are numbers of one Engine: the same id on another Engine is something else.',
    ...(engines.length > 1
      ? ['The same device or user may be known to several Engines and then stands there once for each.']
      : []),
    formulasNeutralized
      ? "A cell that a spreadsheet would run as a formula has an apostrophe (') put in front; plain numbers do not."
      : 'Cells stand as they were recorded; a spreadsheet may take some for formulas.',
  ];
}

/** How to open the files without damage: with a double click, the program guesses charset, separators, numbers and dates. */
function inASpreadsheet({ files }: Manifest): string[] {
  const tooLong = files.filter(({ rows }) => rows >= MAX_SHEET_ROWS);
  return [
    'Do not open the files by a double click: names with accents may break, long numbers and codes change, dates turn, and',
    'in some countries everything lands in one column. Instead:',
    '* Excel: Data, From Text/CSV; file origin 65001 Unicode (UTF-8), delimiter comma, do not detect data types.',
    '* LibreOffice: character set Unicode (UTF-8), separated by comma alone, all columns as text.',
    ...tooLong.map(({ name, rows }) => `* ${name} has ${rows} rows; a sheet shows ${MAX_SHEET_ROWS - 1} of them.`),
  ];
}

function sourceLine(source: Manifest['sources'][number]): string {
  const { name, state, rows, matchingObjects, timezone, version, tls, asked } = source;
  const facts = [
    counted(rows, 'row'),
    ...(wasRetrieved(source) ? [counted(matchingObjects, 'matching object')] : []),
    ...(timezone ? [`times in ${timezone}`] : []),
    ...(asked ? [`asked for ${asked.from} to ${asked.to}`] : []),
    ...(version ? [`version ${version}`] : []),
    ...(tls === 'insecure' ? ['CERTIFICATE NOT CHECKED'] : tls ? [`certificate checked (${tls})`] : []),
  ];
  return `${name}: ${state}, ${facts.join(', ')}`;
}

/** Each column of the archive, by table; a column of several files is explained once. */
function columnLines(files: readonly ManifestFile[], dictionary: Dictionary): string[] {
  const byTable = new Map<string, Map<string, string>>();
  for (const { name, columns } of files) {
    for (const column of columns) {
      const table = tableOfColumn(dictionary, name, column);
      const lines = byTable.get(table) ?? new Map<string, string>();
      byTable.set(table, lines);
      const field = table && column.startsWith(`${table}/`) ? column.slice(table.length + 1) : column;
      const known = meaningOfColumn(dictionary, name, column);
      const [unit, meaning] = known ?? ['', 'as the source names it; not in our dictionary'];
      lines.set(field, `    ${field}${unit ? ` [${unit}]` : ''}: ${meaning}`);
    }
  }
  return [...byTable].flatMap(([table, lines]) => [table || 'in front of each row', ...lines.values(), '']);
}

const bullet = (line: string): string => `* ${line}`;

const counted = (value: number, word: string): string => `${value} ${word}${value === 1 ? '' : 's'}`;

const oneLine = (text: string): string => text.replaceAll(/[\p{C}\u2028\u2029]+/gu, ' ');

/** Heading of a line, the person who can fill it in, the article that requires it, and the answer when nothing is configured. */
type Question = readonly [heading: string, by: string, article: string, otherwise?: string];

const QUESTIONS: Readonly<Record<keyof InformationSheet, Question>> = {
  controller: ['Controller', 'the company', 'Art. 13(1)(a)'],
  contact: ['Contact for questions', 'the company', 'Art. 13(1)(a)'],
  dataProtectionOfficer: ['Data protection officer', 'the company', 'Art. 13(1)(b)'],
  purposes: ['Purposes', 'the data protection officer', 'Art. 15(1)(a)'],
  legalBasis: ['Legal basis', 'the legal department', 'Art. 13(1)(c)'],
  recipients: ['Recipients', 'the data protection officer', 'Art. 15(1)(c)'],
  transfers: ['Transfers to third countries and their safeguards', 'the data protection officer', 'Art. 15(2)'],
  retention: ['How long it is kept', 'the administrator', 'Art. 15(1)(d)'],
  rights: [
    'Your rights',
    'the legal department',
    'Art. 15(1)(e)',
    'You may ask the controller to correct or erase your data or to restrict their processing, and you may object to it.',
  ],
  supervisoryAuthority: [
    'Supervisory authority',
    'the legal department',
    'Art. 15(1)(f)',
    'You may complain to a supervisory authority, such as the one where you live or work.',
  ],
  source: [
    'Where the data come from',
    'the administrator',
    'Art. 15(1)(g)',
    'Recorded by the Nexthink Collector on company devices, with names and departments from the directory.',
  ],
  automatedDecisions: ['Automated decisions and profiling', 'the data protection officer', 'Art. 15(1)(h)'],
};

/** The information that goes with a copy of the data; a blank names the person to fill it in. Source: GDPR Art. 13 and 15. */
const informationLines = (sheet: InformationSheet): string[] =>
  Object.entries(QUESTIONS).map(([field, [heading, by, article, otherwise]]) => {
    const answer = sheet[field as keyof InformationSheet] ?? otherwise ?? `____ (to be filled in by ${by})`;
    return `${heading} (${article}): ${answer}`;
  });
