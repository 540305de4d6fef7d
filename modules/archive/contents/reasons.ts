import { addDays } from '../../common/day-window.ts';
import type { SourceState } from '../../requests/source.ts';
import type { Manifest, ManifestGap } from '../manifest.ts';

/** Why a source is missing, in half a sentence. */
const STATES: Readonly<Partial<Record<SourceState, string>>> = {
  NO_LICENCE: 'it has no Nexthink Integrate licence',
  UNREACHABLE: 'it did not answer, or was not connected',
  TLS_FAILED: 'its certificate was not trusted',
  AUTH_FAILED: 'it refused the account',
  TIMED_OUT: 'it took too long to answer',
  REJECTED_QUERY: 'it refused a query',
  CANCELLED: 'the work was cancelled',
};

const GAPS: Readonly<Record<string, string>> = {
  ROW_LIMIT: 'more rows than can be asked for at once',
  FOREIGN_ROWS: 'rows about someone else were left out',
  OTHER_ACCOUNT: 'an account with the same login was left out, because nobody chose it',
  REFUSED: 'the Engine refused the query',
  FIELDS_REFUSED: 'dynamic fields that it lists could not be retrieved',
  EngineAnswerError: 'the Engine answered with something that is not data',
  INCONSISTENT: 'the Engine did not confirm these rows: some may be missing',
  IDS_CHANGED: 'ids of the user or device changed while it was queried: some rows may be missing',
  COLUMNS_MISSING: 'the answer lacks columns that were queried',
  EngineRowsError: 'the Engine answered with too many bytes, or with a broken record',
  FIELDS_UNKNOWN: 'this version does not know all of the fields',
  TABLE_UNKNOWN: 'this version has no such table',
  DOUBLED_ROWS: 'the Engine returned rows twice; each is kept once, but for those whose time cannot be read',
  RECODED: 'the texts came in another encoding and were converted to UTF-8',
  UNCONFIRMED: 'it could not be checked whether these are all rows',
  DYNAMIC_FIELDS_UNKNOWN: 'it did not list its dynamic fields, so some may be missing',
  TABLES_UNKNOWN: 'it does not list its tables, so newer ones are not known',
  TABLE_NOT_QUERIED: 'a table that it lists was not queried',
};

/** What an archive says when no source knows the name. It does not hold the name, nor names like it. */
export const NOTHING_FOUND = [
  'Every source answered. This does not show that nothing is held about the person: the name may be written in another way.',
  'Engines were queried for the name as it was typed and in every case, and, without a domain, with every domain.',
  '`gdpr who NAME` lists the accounts that a name may mean, and names like it.',
] as const;

/** `engine-2: it took too long to answer (TIMED_OUT)`, one for each source that is missing. */
export const missingLines = ({ missing }: Pick<Manifest, 'missing'>): string[] =>
  missing.map(({ name, state }) => `${name}: ${STATES[state] ?? 'it could not be retrieved'} (${state})`);

/** `engine-1, windows, 2026-01-01 to 2026-01-31: more rows than can be asked for at once (ROW_LIMIT)` */
function gapLine({ source, platform, from, to, reason }: ManifestGap): string {
  const days = from && to ? `${from} to ${addDays(to, -1)}` : undefined;
  const where = [source, platform, days].filter(Boolean).join(', ');
  return `${where}: ${GAPS[reason] ?? 'could not be retrieved'} (${reason})`;
}

/** What is missing of sources that answered: the gaps of each file. */
export const fileGaps = ({ missing, files }: Pick<Manifest, 'missing' | 'files'>): string[] =>
  files.flatMap((file) =>
    file.missing
      .filter((gap) => !missing.some(({ name }) => name === gap.source))
      .map((gap) => `${file.name}: ${gapLine(gap)}`),
  );

/** What no request could retrieve. */
export const noteLines = ({ notes }: Pick<Manifest, 'notes'>): string[] =>
  notes.map((note) => `${note.file}: ${gapLine(note)}`);

/** The warning about data of other people, as it applies to this archive. */
export function othersWarning({ asked, coUsers }: Pick<Manifest, 'asked' | 'coUsers'>): string[] {
  const masked = [
    'Names of other people were replaced by user-xxxxxxxx: the same letters mean the same account, everywhere in this',
    'archive and only here. Other values that identify them read "masked". The key behind the letters is in no archive, and',
    'is destroyed once the archive is complete or deleted. Accounts with one name in several domains count as one account.',
  ];
  if (coUsers === 'mask') return masked;
  if (asked.subjectKind === 'user') {
    return [
      'Some cells, such as the last logged on user of a device or a remark in the Portal, may name other people.',
    ];
  }
  return [
    'A device is used by people. This archive holds names and activity of everyone who used it.',
    'Before it is handed on, check whether that harms the rights of others (GDPR Art. 15(4)).',
  ];
}
