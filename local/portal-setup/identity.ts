import { escapeIdentifier } from 'pg';
import { qualified } from '../../modules/portal/database/sql.ts';
import type { PortalTransaction } from '../../modules/portal/database/transaction.ts';
import type { ForeignKey } from '../../modules/portal/mapping/catalog.ts';
import type { Identity, IdentityColumn } from '../../modules/portal/mapping/mapping.ts';
import type { SubjectKind } from '../../modules/requests/subject.ts';
import type { Family } from './propose-column.ts';
import { isCounted, isDomain, type Knowledge, loginOf, plain } from './value-evidence.ts';

const MAX_PEOPLE = 200_000;
const MAX_CANDIDATES = 5;
/** Of the rows of an identity table so many have a name of their own. */
const OWN_NAMES = 0.8;

/** What is known of the tables, beside the people. */
interface Tables {
  readonly transaction: PortalTransaction;
  readonly families: readonly Family[];
  readonly foreignKeys: readonly ForeignKey[];
}

/** Where the people, or devices, are kept, if the tables show it, and what is known with them. */
export async function findIdentity(tables: Tables, kind: SubjectKind, before: Knowledge) {
  const candidates = candidatesAmong(tables, kind, before);
  for (const { identity, further } of candidates.slice(0, MAX_CANDIDATES)) {
    const people = await peopleIn(tables.transaction, identity, further);
    if (new Set(people.map(([, name]) => name)).size < OWN_NAMES * people.length) continue;
    const knowledge = withPeople(before, kind, people);
    const links = linksTo(identity, tables, knowledge.keys[kind]);
    return { identity: { ...identity, links, via: viaOf(identity, tables, knowledge) }, knowledge };
  }
  return undefined;
}

/**
 * Tables with one name in each row, and a key of one column. The best first.
 * @returns `further`: columns that differ from row to row, such as a directory's own id
 */
function candidatesAmong({ families, foreignKeys }: Tables, kind: SubjectKind, knowledge: Knowledge) {
  const scored = families.flatMap((family) => {
    const { facts, names, tables } = family;
    const unique = facts.filter(({ filled, distinct }) => filled > 0 && distinct === filled);
    const isNamed = names.some(({ at, holds }) => holds === kind && unique.includes(facts[at]!));
    const [table, ...others] = tables as [string, ...string[]];
    const [key, ...more] = facts.flatMap(({ column }) => (column.key ? column.column : []));
    if (others.length > 0 || key === undefined || more.length > 0 || !isNamed) return [];
    const columns = identityColumns(family, kind, knowledge);
    const links = foreignKeys
      .filter(([, , to, theirs]) => to === table && theirs === key)
      .map(([from, column]) => ({ table: from, column }));
    const score = Object.keys(columns).length + (links.length > 0 ? 3 : 0) - names.length;
    const further = unique.filter((each) => !each.column.key && !isCounted(each)).map(({ column }) => column.column);
    return { score, further, identity: { holds: kind, table, key, columns, via: [], links } };
  });
  return scored.sort((one, other) => other.score - one.score);
}

/** Which columns identify a person, in a table that keeps them. */
function identityColumns({ facts, names }: Family, kind: SubjectKind, knowledge: Knowledge): Identity['columns'] {
  const columns: Partial<Record<IdentityColumn, string>> = {};
  for (const [at, each] of facts.entries()) {
    const { column, format, filled, distinct } = each;
    const isUser = kind === 'user';
    const isPerson = isUser && filled > 0 && distinct > filled / 2;
    const isUpn = /upn|principal/i.test(column.column) || columns.mail !== undefined;
    const evidence: readonly (readonly [boolean, IdentityColumn])[] = [
      [isPerson && format === 'address', isUpn ? 'upn' : 'mail'],
      [isPerson && format === 'SID', 'sid'],
      [isPerson && format === 'full name', 'fullName'],
      [isPerson && format === 'account', 'account'],
      [names.some((name) => name.at === at && name.holds === kind), 'name'],
      [!isUser && format === 'word' && /serial/i.test(column.column), 'serial'],
      [isUser && isDomain(each, knowledge), 'domain'],
    ];
    const [, found] = evidence.find(([holds]) => holds) ?? [];
    if (found && column.form === 'text') columns[found] ??= column.column;
  }
  return columns;
}

/** Key, name and identifiers of every person of a table. */
async function peopleIn(transaction: PortalTransaction, identity: Identity, further: readonly string[]) {
  const { table, key, columns } = identity;
  const { name = key, domain: _domain, department: _department, ...others } = columns;
  const cells = [key, name, ...Object.values(others), ...further].map((column) => `${escapeIdentifier(column)}::text`);
  return (await transaction.query(`SELECT ${cells.join(', ')} FROM ${qualified(table)} LIMIT ${MAX_PEOPLE}`)).rows;
}

/** The same knowledge with these people: their names, and whose an identifier is. */
function withPeople(knowledge: Knowledge, kind: SubjectKind, people: readonly (string | null)[][]): Knowledge {
  const logins = people.map(([, name]) => loginOf(kind, name ?? ''));
  const owners = new Map(knowledge.owners);
  for (const [at, [key, ...texts]] of people.entries()) {
    for (const text of new Set([logins[at]!, ...texts.map((each) => plain(each ?? ''))])) {
      const id = `${kind}:${text}`;
      if (text) owners.set(id, (owners.get(id) ?? key) === key ? key! : '');
    }
  }
  return {
    ...knowledge,
    owners,
    names: { ...knowledge.names, [kind]: new Set([...knowledge.names[kind], ...logins]) },
    keys: { ...knowledge.keys, [kind]: new Set(people.map(([key]) => key)) },
  };
}

/** Its links, and columns without a foreign key whose ids are all keys of the table. Numbers would show nothing. */
function linksTo(identity: Identity, { families }: Tables, keys: ReadonlySet<string>): Identity['links'] {
  const found = families.flatMap(({ tables, facts }) =>
    facts
      .filter(({ format, values }) => format === 'GUID' && values.every((value) => keys.has(value)))
      .flatMap(({ column: { column } }) => tables.map((table) => ({ table, column }))),
  );
  const elsewhere = found.filter(({ table }) => table !== identity.table);
  return [...new Map([...identity.links, ...elsewhere].map((link) => [`${link.table}.${link.column}`, link])).values()];
}

type Path = Identity['via'][number];

/** Tables that a key joins with one row of the identity table each way, and that hold further identifiers. */
function viaOf(identity: Identity, { families, foreignKeys }: Tables, knowledge: Knowledge): Path[] {
  const familyOf = (table: string) => families.find(({ tables }) => tables.includes(table));
  const isUnique = ([table, key]: ForeignKey) =>
    familyOf(table)?.facts.some(
      ({ column, filled, distinct }) => column.column === key && filled > 0 && distinct === filled,
    );
  const edges = foreignKeys.filter(isUnique).flatMap(([table, key, target, theirs]) => [
    { from: target, step: { table, on: [key, theirs] as [string, string] } },
    { from: table, step: { table: target, on: [theirs, key] as [string, string] } },
  ]);
  const seen = new Set([identity.table]);
  const found: Path[] = [];
  const pathsFrom = (steps: Path['steps']) => {
    const last = steps.at(-1)?.table ?? identity.table;
    const next = edges.filter(({ from, step }) => from === last && !seen.has(step.table));
    for (const { step } of next) seen.add(step.table);
    return next.map(({ step }) => [...steps, step]);
  };
  for (let reached: Path['steps'][] = pathsFrom([]); reached.length > 0; reached = reached.flatMap(pathsFrom)) {
    for (const steps of reached) {
      const family = familyOf(steps.at(-1)!.table);
      const columns = family?.names.length === 0 ? identityColumns(family, identity.holds, knowledge) : {};
      if (Object.keys(columns).length > 0) found.push({ steps, columns });
    }
  }
  return found;
}
