import { escapeIdentifier, escapeLiteral } from 'pg';
import type { SubjectKind } from '../../requests/subject.ts';
import { halvesOf, kinshipOf, type NameHalves, nameOf } from '../../requests/subjects/account-name.ts';
import type { RowLink } from '../../requests/subjects/person.ts';
import { qualified } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { Identity, IdentityColumn } from '../mapping/mapping.ts';
import { lettersOf } from '../names/person.ts';
import { castOf, equal, type JudgedTable, NUMBER } from './judged-tables.ts';
import { isLike, likeTexts } from './near.ts';

/** A user or a device of the identity tables, with all values of each kind. */
export interface Entry {
  readonly id: string;
  readonly key: string;
  /** None for an account that only name columns hold. */
  readonly identity: Identity | undefined;
  /** By identity column; by number of the step of `via`, the keys by which its table is reached. */
  readonly values: Map<string, string[]>;
}

/** Where users, or devices, are looked for. */
export interface IdentitySource {
  readonly transaction: PortalTransaction;
  readonly kind: SubjectKind;
  readonly identities: readonly Identity[];
  readonly tables: readonly JudgedTable[];
  /** Columns of a table that a run clears beside a name of this kind. */
  readonly cleared: (table: string) => readonly string[];
}

/** Users or devices with one of the texts, and some others, with all values. @param keys also those with one in a table of `via` */
export async function entriesNear(
  { transaction, identities, ...source }: IdentitySource,
  texts: readonly string[],
  keys: readonly string[] = [],
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const identity of identities) {
    const select = `WITH e AS NOT MATERIALIZED (${valuesIn(identity, source)}) SELECT DISTINCT key, kind, value FROM e
      WHERE key IN (SELECT key FROM e WHERE ${isLike(['value'])} OR value = ANY ($2::text[])) ORDER BY 1, 2, 3`;
    const { rows } = await transaction.within(identity.table, () =>
      transaction.query(select, [likeTexts(texts), keys]),
    );
    for (const [key, own] of Map.groupBy(rows, ([one]) => one!)) {
      const byKind = [...Map.groupBy(own, ([, column]) => column!)];
      const values = new Map(byKind.map(([column, cells]) => [column, cells.map(([, , value]) => value!)]));
      entries.push({ id: `${identity.table}/${key}`, key, identity, values });
    }
  }
  return entries;
}

/** Key, kind and text of each value. Each path of `via` is read by itself, so that rows of two do not multiply. */
function valuesIn(
  { table, key, columns, via }: Identity,
  { tables, cleared }: Pick<IdentitySource, 'tables' | 'cleared'>,
) {
  const cell = (alias: string, column: string) => `${alias}.${escapeIdentifier(column)}::text`;
  let count = 0;
  const parts = [{ steps: [], columns }, ...via].map((part) => {
    const aliases = ['t', ...part.steps.map((_, at) => `j${at}`)];
    const joins = part.steps.map(({ table: next, on: [theirs, ours] }, at) => {
      const before = part.steps[at - 1]?.table ?? table;
      const pair = equal(tables, [aliases[at + 1]!, next, theirs], [aliases[at]!, before, ours]);
      return `LEFT JOIN ${qualified(next)} ${aliases[at + 1]} ON ${pair}`;
    });
    const values = [
      'NULL::text, NULL::text',
      ...Object.entries(part.columns).map(([kind, column]) => `'${kind}', ${cell(aliases.at(-1)!, column)}`),
      ...cleared(part.steps.at(-1)?.table ?? table)
        .filter((column) => !Object.values(part.columns).includes(column))
        .map((column) => `${escapeLiteral(CLEARED + column)}, ${cell(aliases.at(-1)!, column)}`),
      ...part.steps.map(({ on: [theirs] }, at) => `'${count++}', ${cell(aliases[at + 1]!, theirs)}`),
    ];
    return `SELECT ${cell('t', key)} AS key, v.kind, v.value FROM ${qualified(table)} t ${joins.join(' ')}
      CROSS JOIN LATERAL (VALUES (${values.join('), (')})) AS v (kind, value) WHERE v.value <> ''`;
  });
  return parts.join(' UNION ALL ');
}

/** Before the column of a cleared value, in place of a kind. */
const CLEARED = 'cleared ';

/** What a run clears in its rows of the identity tables, besides its identifiers. */
export const clearedIn = ({ values }: Entry) =>
  [...values].flatMap(([kind, texts]) =>
    kind.startsWith(CLEARED) ? texts.map((text) => [text, kind.slice(CLEARED.length)] as const) : [],
  );

/** Rows that keys link to the person, or device: of the identity tables, and of those that hold its key, in each way that its types write it. */
export function linksOf({ key, identity, values }: Entry, tables: readonly JudgedTable[]): RowLink[] {
  if (!identity) return [];
  const steps = identity.via.flatMap((path) => path.steps);
  const keysIn = ({ table, column }: Pick<RowLink, 'table' | 'column'>) => {
    const casts = [castOf(tables, table, column), castOf(tables, identity.table, identity.key)];
    if (casts.includes('uuid')) return [key, key.toUpperCase(), key.toLowerCase()];
    return casts.some((cast) => NUMBER.test(cast)) ? spellingsOfNumber(key) : [key];
  };
  return [
    ...steps.map(({ table, on: [column] }, at) => ({ table, column, keys: values.get(String(at)) ?? [] })),
    ...[{ table: identity.table, column: identity.key }, ...identity.links].map((one) => ({
      ...one,
      keys: keysIn(one),
    })),
  ];
}

/** The accounts with some logins that name columns hold together with a domain; domains that may be one count once. */
export async function entriesOutside(
  { transaction, tables, kind }: IdentitySource,
  logins: readonly string[],
): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const { name: table, from, columns } of tables) {
    for (const { column, domain: at } of columns.filter(({ role }) => role === 'name')) {
      const cell = (one: string) => `t.${escapeIdentifier(one)}::text`;
      const stored = at === undefined ? 'NULL' : cell(columns[at]!.column);
      const select = `SELECT DISTINCT ${cell(column)}, ${stored} FROM ${from} t WHERE ${isLike([cell(column)])}`;
      const { rows } = await transaction.within(table, () => transaction.query(select, [likeTexts(logins)]));
      for (const [value, beside] of rows) {
        const { login, domain = beside } = halvesOf({ kind, name: value ?? '' });
        if (!domain || !logins.some((one) => lettersOf(one) === lettersOf(login))) continue;
        const id = nameOf(kind, { login, domain });
        if (found.some((one) => ['same', 'alike'].includes(kinshipOf(kind, id, one.id)))) continue;
        const values = new Map(Object.entries({ name: [login], domain: [domain] }));
        found.push({ id, key: id, identity: undefined, values });
      }
    }
  }
  return found;
}

export const valuesOf = ({ values }: Entry, ...columns: readonly IdentityColumn[]): string[] =>
  columns.flatMap((column) => values.get(column) ?? []).flatMap((value) => value.trim() || []);

/** A name that is stored with its domain. */
const WITH_DOMAIN = { device: /^[^\s.]+\.\S+$/, user: /^[^\\@]{2,}[\\@][^\\@]+$/ } as const;

/** Its names without their domains. UPN and mail address add a domain where one is known. `stored`: as domains of the account. */
export function loginsOf(kind: SubjectKind, entry: Entry) {
  const stored = valuesOf(entry, 'domain');
  const isWhole = (name: string) => (kind === 'device' || stored.length === 0) && WITH_DOMAIN[kind].test(name);
  const spellings = entry.identity?.logins === 'number' ? spellingsOfNumber : (name: string) => [name];
  const named = valuesOf(entry, 'name')
    .flatMap(spellings)
    .map((name) => (isWhole(name) ? halvesOf({ kind, name }) : { login: name }));
  const halves = (...columns: IdentityColumn[]) => valuesOf(entry, ...columns).map((name) => halvesOf({ kind, name }));
  const addresses = halves('upn', 'mail');
  const all: readonly NameHalves[] = [...named, ...halves('account')];
  return [...Map.groupBy(all, ({ login }) => lettersOf(login))].map(([letters, same]) => {
    const domainsOf = (among: readonly NameHalves[]) => among.flatMap(({ domain }) => domain ?? []);
    const known = [...new Set([...stored, ...domainsOf(same)])];
    const added = domainsOf(addresses.filter(({ login }) => lettersOf(login) === letters));
    const domains = known.length === 0 ? [] : [...new Set([...known, ...added])];
    return { text: same[0]!.login, domains, stored: known };
  });
}

/** As columns of numbers and their texts write a login: `00311`, `311`, `311.0`. */
function spellingsOfNumber(login: string): string[] {
  const [, digits] = /^0*(\d+)(?:\.0+)?$/.exec(login) ?? [];
  return digits === undefined ? [login] : [login, digits, `${digits}.0`, `${digits}.00`];
}

/** What else identifies it, full names in both orders. */
export const identifiersOf = (entry: Entry): string[] => [
  ...valuesOf(entry, 'account', 'upn', 'mail', 'sid', 'serial'),
  ...valuesOf(entry, 'fullName').flatMap(fullNamesOf),
];

/** `Doe, John` and `John Doe`. A name of one word tells too little beside a login. */
function fullNamesOf(name: string): string[] {
  const [last, first] = name.split(/,\s*/);
  if (first && last) return [name, `${first} ${last}`];
  const words = name.split(/\s+/).filter(Boolean);
  if (words.length < 2) return [];
  return words.length === 2 ? [name, `${words[1]}, ${words[0]}`] : [name];
}
