import { escapeIdentifier } from 'pg';
import type { SubjectKind } from '../../requests/subject.ts';
import { halvesOf, type NameHalves } from '../../requests/subjects/account-name.ts';
import type { LoginName, RowLink } from '../../requests/subjects/person.ts';
import { qualified } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { Identity, IdentityColumn, PortalMapping } from '../mapping/mapping.ts';
import { lettersOf } from '../names/person.ts';
import { needlesOf } from './near.ts';

/** A user or a device of the identity tables, with all values of each kind. */
export interface Entry {
  /** Table and key. */
  readonly id: string;
  readonly key: string;
  readonly identity: Identity;
  readonly values: Map<IdentityColumn, readonly string[]>;
  /** Rows of the identity tables. */
  readonly links: RowLink[];
}

/** Where users, or devices, are kept. */
export const identitiesOf = (mapping: PortalMapping, kind: SubjectKind): readonly Identity[] =>
  (mapping.identity ?? []).filter(({ holds }) => holds === kind);

/** The users or devices of whom an identity column holds one of the texts, and some others. */
export async function entriesNear(
  transaction: PortalTransaction,
  mapping: PortalMapping,
  kind: SubjectKind,
  texts: readonly string[],
): Promise<Entry[]> {
  const needles = needlesOf(texts)?.texts ?? [''];
  const entries: Entry[] = [];
  for (const identity of identitiesOf(mapping, kind)) {
    const { select, columns, steps } = selectIdentities(identity, needles.length);
    const byKey = new Map<string, Entry>();
    for await (const rows of transaction.stream(select, needles, BATCH_ROWS)) {
      for (const [key, ...cells] of rows) {
        const id = `${identity.table}/${key}`;
        const entry: Entry = byKey.get(key!) ?? { id, key: key!, identity, values: new Map(), links: [] };
        for (const [at, column] of columns.entries()) {
          const value = cells[at];
          const values = entry.values.get(column) ?? [];
          if (value && !values.includes(value)) entry.values.set(column, [...values, value]);
        }
        for (const [at, { table, on }] of steps.entries()) {
          const value = cells[columns.length + at];
          if (value) entry.links.push({ table, column: on[0], keys: [value] });
        }
        byKey.set(key!, entry);
      }
    }
    entries.push(...byKey.values());
  }
  return entries;
}

const BATCH_ROWS = 500;

/** Every identity column of a row with its key, as text, and the keys by which further tables are reached. */
function selectIdentities({ table, key, columns, via }: Identity, needles: number) {
  const cell = (alias: string, column: string) => `${alias}.${escapeIdentifier(column)}::text`;
  const cellsOf = (alias: string, named: Identity['columns']) =>
    Object.entries(named).map(([kind, column]) => ({ kind: kind as IdentityColumn, cell: cell(alias, column) }));
  const steps = via.flatMap((path, at) =>
    path.steps.map((step, index) => ({
      ...step,
      alias: `j${at}_${index}`,
      before: index === 0 ? 't' : `j${at}_${index - 1}`,
    })),
  );
  const listed = [
    ...cellsOf('t', columns),
    ...via.flatMap((path, at) => cellsOf(`j${at}_${path.steps.length - 1}`, path.columns)),
  ];
  const joins = steps.map(
    ({ table: next, alias, before, on: [theirs, ours] }) =>
      `LEFT JOIN ${qualified(next)} ${alias} ON ${cell(alias, theirs)} = ${cell(before, ours)}`,
  );
  const text = `lower(ROW(${listed.map((each) => each.cell).join(', ')})::text)`;
  const near = Array.from({ length: needles }, (_, index) => `strpos(${text}, lower($${index + 1}::text)) > 0`);
  const keys = steps.map(({ alias, on: [theirs] }) => cell(alias, theirs));
  const cells = [cell('t', key), ...listed.map((each) => each.cell), ...keys];
  return {
    select: `SELECT ${cells.join(', ')} FROM ${qualified(table)} t ${joins.join(' ')} WHERE ${near.join(' OR ')}`,
    columns: listed.map(({ kind }) => kind),
    steps,
  };
}

/** Its values of some kinds. */
export const valuesOf = ({ values }: Entry, ...columns: readonly IdentityColumn[]): string[] =>
  columns.flatMap((column) => values.get(column) ?? []);

/** A device with its DNS domain. */
const HOST = /^[^\s.]+\.\S+$/;

/** A login with its domains, and those of them that are stored as domains of the account. */
type OwnLogin = Pick<LoginName, 'text' | 'domains'> & { readonly stored: readonly string[] };

/** Its names without their domains. UPN and mail address add a domain where one is known. */
export function loginsOf(kind: SubjectKind, entry: Entry): OwnLogin[] {
  const stored = valuesOf(entry, 'domain');
  const named = valuesOf(entry, 'name').map((name) =>
    kind === 'device' && HOST.test(name) ? halvesOf({ kind, name }) : { login: name },
  );
  const halves = (...columns: IdentityColumn[]) => valuesOf(entry, ...columns).map((name) => halvesOf({ kind, name }));
  const addresses = halves('upn', 'mail');
  const names: readonly NameHalves[] = [...named, ...halves('account')];
  return [...Map.groupBy(names, ({ login }) => lettersOf(login))].map(([letters, same]) => {
    const domainsOf = (among: readonly NameHalves[]) => among.flatMap(({ domain }) => domain ?? []);
    const known = [...new Set([...stored, ...domainsOf(same)])];
    const added = domainsOf(addresses.filter(({ login }) => lettersOf(login) === letters));
    const domains = known.length === 0 ? [] : [...new Set([...known, ...added])];
    return { text: same[0]!.login, domains, stored: known };
  });
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
