import { type Day, type DayWindow, daysBetween } from '../common/day-window.ts';
import { isDamaged } from '../common/strict-text.ts';
import type { SubjectKind } from '../requests/subject.ts';

export type Platform = 'windows' | 'mac_os' | 'mobile';

/** Maximum length of a name, in characters. Source: docs/nxql.md, "A name in a statement". */
export const MAX_NAME = 256;

const CONTROL = /\p{Cc}/u;

/** Why a name is not valid, for Portal and Engines alike; `undefined` when it is. */
export function refuseName(name: string): string | undefined {
  if (name.trim() === '') return 'must not be empty';
  if (name.length > MAX_NAME) return `must not be longer than ${MAX_NAME} characters`;
  if (CONTROL.test(name)) return 'must not hold control characters such as TAB or line ends';
  if (isDamaged(name)) return 'must be Unicode text without the sign for a lost character (U+FFFD)';
  if (name !== name.trim()) return 'must not start or end with a blank';
  return undefined;
}

/**
 * Why Engines cannot be queried for a typed name; `undefined` when they can. NXQL documents no escape inside a literal, and
 * `%1` may be substituted. One backslash after a domain is no part of a statement: Engines store `login@DOMAIN`.
 * Source: docs/nxql.md, "A name in a statement".
 */
export function refuseEngineName(name: string): string | undefined {
  const text = /^[^\\]+\\[^\\]+$/.test(name) ? name.replace('\\', '@') : name;
  if (text.includes('"') && text.includes("'"))
    return 'must not hold both kinds of quote when Engine data is requested';
  if (text.includes('\\'))
    return 'must not hold a backslash, except after a domain (CORP\\jmeyer), when Engine data is requested';
  if (/%\d/.test(text)) return 'must not hold a % followed by a digit when Engine data is requested';
  if (/[*?]/.test(text)) return 'must not hold * or ? when Engine data is requested';
  return undefined;
}

export const isQueryable = (text: string): boolean =>
  !(refuseName(text) ?? refuseEngineName(text)) && !text.includes('\\');

/** True for the name of a dynamic field, as an Engine lists it, that a statement can hold. */
export const isFieldQueryable = (name: string): boolean =>
  !CONTROL.test(name) && !isDamaged(name) && !(name.includes('"') && name.includes("'"));

/** A text in the quotes that it does not hold; the caller has made sure that it `isQueryable`. */
const quoted = (text: string): string => (text.includes('"') ? `'${text}'` : `"${text}"`);

/** Finds objects by one field that must equal a text, or match a pattern: `fields` of each. */
export const findStatement = (
  table: SubjectKind,
  fields: readonly string[],
  field: string,
  text: string,
  type: 'string' | 'sid' | 'pattern' = 'string',
): string => `(select (${fields.join(' ')}) (from ${table} (where ${table} (eq ${field} (${type} ${quoted(text)})))))`;

export const everyObjectStatement = (table: SubjectKind, fields: readonly string[]): string =>
  `(select (${fields.join(' ')}) (from ${table}))`;

export const someObjectsStatement = (table: SubjectKind, fields: readonly string[], most: number): string =>
  `(select (${fields.join(' ')}) (from ${table}) (limit ${most}))`;

/** The names of the objects of a table that were seen last, the newest first. */
export const lastSeenStatement = (table: string, most: number): string =>
  `(select (id name first_seen last_seen) (from ${table}) (order_by last_seen desc) (limit ${most}))`;

/** One field of an object that is linked to the events of 30 days, the newest event first. */
export const newestStatement = (event: string, table: string, field: string, most: number): string =>
  `(select ((${event} (id start_time)) (${table} (${field}))) (from (${event} ${table}) (between midnight-30d now)) (order_by start_time desc) (limit ${most}))`;

/** A harmless query; its answer proves that the account may use the Web API (R4). */
export const PROBE_STATEMENT = '(select (id) (from user) (limit 1))';

/** Fails on purpose: the error page lists the dynamic fields of the table. Source: docs/nxql.md */
export const discoverStatement = (table: SubjectKind): string => `(select (#"") (from ${table}))`;

/** Fails on purpose: the error page lists the Engine's tables, since no name of one is near. Source: docs/nxql.md */
export const TABLES_STATEMENT = '(select (id) (from no_table_has_this_name))';

/** A dynamic field in a select; a leading `#` from the Engine's list is removed first. */
const dynamicField = (name: string): string => `#${quoted(name.replace(/^#/, ''))}`;

/** The given fields, or all static ones, and dynamic fields of the object with this Engine-local id. */
export const objectStatement = (
  table: SubjectKind,
  id: string,
  dynamicFields: readonly string[] = [],
  fields: readonly string[] = ['*'],
): string =>
  `(select (${[...fields, ...dynamicFields.map(dynamicField)].join(' ')}) ` +
  `(from ${table} (where ${table} (eq id (identifier ${id})))))`;

/** A span of time in NXQL words, such as `midnight-3d` and `now`. */
export type Between = { readonly from: string; readonly to: string };

const midnight = (daysAgo: number): string => (daysAgo === 0 ? 'midnight' : `midnight-${daysAgo}d`);

/** NXQL words for a window. They hold on `today` only: `midnight-3d` is another date tomorrow. */
export function betweenOn(today: Day, { from, to }: DayWindow): Between {
  const ago = daysBetween(to, today);
  return { from: midnight(daysBetween(from, today)), to: ago < 0 ? 'now' : midnight(ago) };
}

/** Events about one object: which fields of which tables, in which order, how many. */
export interface EventQuery {
  /** Fields by table, the events' own first. */
  readonly fields: readonly { readonly table: string; readonly fields: readonly string[] }[];
  readonly subject: SubjectKind;
  readonly id: string;
  readonly between: Between;
  readonly order?: { readonly field: string; readonly direction: 'asc' | 'desc' };
  readonly limit: number;
}

/** `(select ((execution (*)) (user (*))) (from (execution user) (where user ...) (between ...)) ...)` */
export function eventStatement({ fields, subject, id, between, order, limit }: EventQuery): string {
  const selected = fields.map((entry) => `(${entry.table} (${entry.fields.join(' ')}))`).join(' ');
  const tables = fields.map((entry) => entry.table).join(' ');
  const ordered = order ? ` (order_by ${order.field} ${order.direction})` : '';
  return (
    `(select (${selected}) (from (${tables}) (where ${subject} (eq id (identifier ${id}))) ` +
    `(between ${between.from} ${between.to}))${ordered} (limit ${limit}))`
  );
}

/** Every pair of the object with this id and an object of `table` that had activity of `event` together. */
export const pairsStatement = (
  spec: Pick<EventQuery, 'subject' | 'id' | 'between'> & {
    table: SubjectKind;
    fields: readonly string[];
    event: string;
  },
): string =>
  `(select ((${spec.subject} (id name)) (${spec.table} (${spec.fields.join(' ')}))) (from (${spec.subject} ${spec.table}) ` +
  `(with ${spec.event} (where ${spec.subject} (eq id (identifier ${spec.id}))) (between ${spec.between.from} ${spec.between.to}))))`;

/** A statement about objects, those with the highest ids first. */
export const highestFirst = (statement: string): string => `${statement.slice(0, -1)} (order_by id desc))`;

/** Every pair of a package and the device with this id, on which it is. */
export const packagesStatement = (id: string, ofPackage: string, ofDevice: string): string =>
  `(select ((package (${ofPackage})) (device (${ofDevice}))) (from (package device) ` +
  `(with package (where device (eq id (identifier ${id}))))))`;

const TOKEN = /#?"[^"]*"|#?'[^']*'|[()]|[^\s()"']+/g;
/** Tables of objects that subjects are: a `*` must show whose row it is. */
const PEOPLE = ['user', 'device'];

/** Columns that an answer must have, that of the order among them. `*`: `id` and `name` of a user or a device, else any column. */
export function queriedColumns(statement: string): string[] {
  const tokens = (statement.match(TOKEN) ?? []).map((token) => token.replace(/^(#?)(["'])(.*)\2$/, '$1$3'));
  const from = tokens.indexOf('from');
  const main = tokens[from + 1] === '(' ? tokens[from + 2]! : tokens[from + 1]!;
  const columns: string[] = [];
  let table: string | undefined;
  for (let at = tokens.indexOf('select') + 2; at < from - 2; at++) {
    const token = tokens[at]!;
    if (token === '(') {
      table = tokens[at + 1]!;
      at += 2; // over the name of the table and the parenthesis before its fields
    } else if (token === ')') at += 1;
    else columns.push(...columnsOf(token, table, main));
  }
  const order = tokens.indexOf('order_by');
  if (order > 0) columns.push(`${table === undefined ? '' : `${main}/`}${tokens[order + 1]}`);
  return [...new Set(columns)];
}

function columnsOf(field: string, table: string | undefined, main: string): string[] {
  const prefix = table === undefined ? '' : `${table}/`;
  if (field !== '*') return [prefix + field];
  return PEOPLE.includes(table ?? main) ? [`${prefix}id`, `${prefix}name`] : [`${prefix}*`];
}
