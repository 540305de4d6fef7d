import * as z from 'zod';
import type { CatalogColumn } from '../../modules/portal/mapping/catalog.ts';
import type { SubjectKind } from '../../modules/requests/subject.ts';
import { halvesOf } from '../../modules/requests/subjects/account-name.ts';
import type { TableSample } from './sample-tables.ts';

const { ipv4, ipv6 } = z.regexes;

/** How values are written. `address`: of mail, or a user principal name; `secret`: a hash of a password. */
const FORMATS = {
  SID: /^S-1-\d+(-\d+){2,}$/i,
  address: /^[^\s@\\/:]+@[^\s@\\/:]+$/,
  account: /^[\w.-]+\\[^\\/\s]+$/,
  MAC: /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i,
  IP: { test: (value: string) => [ipv4, ipv6].some((form) => form.test(value.replace(/\/\d+$/, ''))) },
  GUID: /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i,
  secret: /^(\$\w+\$|\{\w+\}[\w+/=]{16}|(pbkdf2|scrypt|argon2)\W)/i,
  date: /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?$|^\d\d:\d\d(:\d\d)?$/,
  number: /^[+-]?\d+([.,]\d+)*\s?%?$/,
  boolean: /^(true|false|yes|no|t|f|y|n)$/i,
  path: /^([a-z]:[\\/]|\\\\|\/\w|~\/|%\w+%)/i,
  'full name': /^\p{Lu}[\p{L}'’.-]+,? (\p{Lu}[\p{L}'’.-]*[ ,]+)*\p{Lu}[\p{L}'’-]+$/u,
  word: /^\S+$/,
} as const;
type Format = keyof typeof FORMATS | 'text';

const formatOf = (value: string): Format =>
  (Object.keys(FORMATS) as (keyof typeof FORMATS)[]).find((format) => FORMATS[format].test(value)) ?? 'text';

const isOneOf =
  (...formats: readonly Format[]) =>
  ({ format }: Pick<Facts, 'format'>): boolean =>
    format !== undefined && formats.includes(format);
/** Formats of values that may tell who somebody is. */
export const isPersonal = isOneOf('SID', 'address', 'account', 'full name', 'MAC', 'IP');
export const isCounted = isOneOf('number', 'date', 'boolean');

/** People whom the Portal and the Engines know: names and domains as letters, and whose an identifier is. */
export interface Knowledge {
  readonly names: Readonly<Record<SubjectKind, ReadonlySet<string>>>;
  /** More names exist than these. */
  readonly isCut: boolean;
  readonly domains: ReadonlySet<string>;
  /** By `kind:text`, the key of the person's row in an identity table; empty for what several have. */
  readonly owners: ReadonlyMap<string, string>;
  readonly keys: Readonly<Record<SubjectKind, ReadonlySet<string>>>;
}

/** What the values of a column tell. */
export interface Facts {
  readonly column: CatalogColumn;
  /** Distinct ones, those of the server's statistics too. */
  readonly values: readonly string[];
  /** Cells of the sample that hold something, and how many differ. */
  readonly filled: number;
  readonly distinct: number;
  /** Of nine tenths of the values. */
  readonly format: Format | undefined;
  /** Values that are names. */
  readonly known: Readonly<Record<SubjectKind, number>>;
}

const MOST = 0.9;

/** Case does not matter. Cheaper than the comparison of a search, for a million values. */
export const plain = (text: string): string => text.normalize('NFC').toLowerCase();

/** A name without its domain. */
export const loginOf = (kind: SubjectKind, name: string): string => plain(halvesOf({ kind, name }).login);

/** @param further values besides those of the sample */
export function factsOf(
  { columns, rows }: TableSample,
  at: number,
  further: readonly string[],
  { names }: Knowledge,
): Facts {
  const cells = rows.flatMap((row) => row[at] || []);
  const sampled = new Set(cells);
  const values = [...new Set([...sampled, ...further])];
  const formats = [...Map.groupBy(values, formatOf)];
  const known = (kind: SubjectKind) => values.filter((value) => names[kind].has(loginOf(kind, value))).length;
  return {
    column: columns[at]!,
    values,
    filled: cells.length,
    distinct: sampled.size,
    format: formats.find(([, alike]) => alike.length >= MOST * values.length)?.[0],
    known: { user: known('user'), device: known('device') },
  };
}

/** Whether a test holds for the rows, filled in both columns, as a rule. */
export function holdsMostly(
  { rows }: TableSample,
  [one, other]: readonly [number, number],
  test: (one: string, other: string) => boolean,
): boolean {
  const filled = rows.filter((row) => row[one] && row[other]);
  return filled.length > 0 && filled.filter((row) => test(row[one]!, row[other]!)).length >= SAME_SHARE * filled.length;
}

/** Share of rows or values that must show the same for a rule. */
export const SAME_SHARE = 0.5;

export const isDomain = ({ values }: Facts, { domains }: Knowledge): boolean =>
  values.length > 0 && values.filter((value) => domains.has(plain(value))).length >= SAME_SHARE * values.length;
