import { escapeIdentifier } from 'pg';
import { qualified } from '../../modules/portal/database/sql.ts';
import type { PortalTransaction } from '../../modules/portal/database/transaction.ts';
import type { ForeignKey } from '../../modules/portal/mapping/catalog.ts';
import type { Identity, IdentityColumn, PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import type { SubjectKind } from '../../modules/requests/subject.ts';
import type { Family } from './propose-column.ts';
import type { TableSample } from './sample-tables.ts';
import { type Facts, isCounted, isDomain, type Knowledge, loginOf, plain, SAME_SHARE } from './value-evidence.ts';

const MAX_PEOPLE = 200_000;
const MAX_CANDIDATES = 5;
/** Share of the rows of an identity table that have a name of their own, and of the names in the Portal that it holds. */
const NEARLY_ALL = 0.9;
/** How often a column of domains repeats each of its few values. */
const EACH_DOMAIN = 4;

/** What is known of the tables, beside the people. */
interface Tables {
  readonly transaction: PortalTransaction;
  readonly families: readonly Family[];
  readonly foreignKeys: readonly ForeignKey[];
}

/** A question for a person, as a mapping holds it. */
export type Decision = NonNullable<PortalMapping['decisions']>[number];

export interface FoundIdentity {
  readonly identity?: Identity;
  readonly knowledge: Knowledge;
  readonly asked: readonly Decision[];
}

/**
 * Where the people, or devices, are kept, if the tables show it, and what is known with them.
 * @param isGuess whether their names were taken from the tables by their form alone
 */
export async function findIdentity(
  tables: Tables,
  kind: SubjectKind,
  before: Knowledge,
  isGuess: boolean,
): Promise<FoundIdentity> {
  const seen = namesIn(tables.families, kind, before);
  const tried = [];
  for (const { identity, further } of candidatesAmong(tables, kind, before).slice(0, MAX_CANDIDATES)) {
    const people = await peopleIn(tables.transaction, identity, further);
    const accounts = new Set(
      people.map(([, name, domain]) => JSON.stringify([plain(name ?? ''), plain(domain ?? '')])),
    );
    if (accounts.size < NEARLY_ALL * people.length) continue;
    const held = new Set(people.map(([, name]) => loginOf(kind, name ?? ''))).intersection(seen);
    tried.push({ identity, people, held: held.size, share: held.size / seen.size });
    if (held.size >= NEARLY_ALL * seen.size) break;
  }
  const [best] = tried.sort((one, other) => other.share - one.share);
  const evidence = tried.map(({ identity, held }) => `${identity.table} has ${held} of ${seen.size} names`).join('; ');
  if (!best || best.share < SAME_SHARE) return { knowledge: before, asked: askWhere(tables, kind, evidence) };
  const knowledge = withPeople(before, kind, best.people);
  const links = linksTo(best.identity, tables, knowledge.keys[kind]);
  const identity = { ...best.identity, links, via: viaOf(best.identity, tables, knowledge) };
  const question = `Are all ${kind}s kept in this table, one in each row? If not, correct "identity".`;
  const columns = Object.values(identity.columns).map((column) => `${identity.table}.${column}`);
  const isSure = best.share >= NEARLY_ALL && !isGuess;
  return { identity, knowledge, asked: isSure ? [] : [{ question, proposed: 'identity', evidence, columns }] };
}

/** Asks where users or devices are kept, if any column names them or shows that they are known. */
function askWhere({ families }: Tables, kind: SubjectKind, evidence: string): Decision[] {
  const columns = families.flatMap(({ tables, facts, names }) =>
    facts
      .filter((each, at) => names.some((name) => name.at === at && name.holds === kind) || tellsPeople(kind, each))
      .flatMap(({ column }) => tables.map((table) => `${table}.${column.column}`)),
  );
  const question = `Where are ${kind}s kept, one in each row? Write it as "identity".`;
  const found = evidence || 'no table has one name in each row';
  return columns.length === 0 ? [] : [{ question, proposed: 'none', evidence: found, columns }];
}

/** Known names, and those of accounts by their form, that stand in any column of names. */
function namesIn(families: readonly Family[], kind: SubjectKind, { names: known }: Knowledge): Set<string> {
  const logins = families.flatMap(({ facts, names }) =>
    names
      .filter(({ holds }) => holds === kind)
      .flatMap(({ at }) => {
        const { format, values } = facts[at]!;
        const all = values.map((value) => loginOf(kind, value));
        return format === 'account' ? all : all.filter((login) => known[kind].has(login));
      }),
  );
  return new Set(logins);
}

const tellsPeople = (kind: SubjectKind, { format, filled, distinct }: Facts): boolean =>
  kind === 'user' &&
  (format === 'SID' || format === 'full name' || format === 'address') &&
  filled > 0 &&
  distinct >= NEARLY_ALL * filled;

/**
 * Logins where no value needs to be an account: words, or words and numbers, that differ beside SIDs, mail addresses or full names that
 * differ, and that stand elsewhere most.
 */
export function loginsBesidePeople(families: readonly Family[]): string[] {
  const candidates = families.flatMap((own) => {
    if (!own.facts.some((each) => tellsPeople('user', each))) return [];
    return own.facts.filter(mayBeLogins).map(({ values }) => {
      const logins = new Set(values.map(plain));
      const met = ({ values: theirs }: Facts) => theirs.filter((value) => logins.has(loginOf('user', value))).length;
      const elsewhere = families.filter((each) => each !== own).flatMap(({ facts }) => facts.map(met));
      return { values, met: elsewhere.reduce((sum, count) => sum + count, 0) };
    });
  });
  const [best] = candidates.filter(({ met }) => met > 1).sort((one, other) => other.met - one.met);
  return [...(best?.values ?? [])];
}

const mayBeLogins = ({ column, format, values, filled, distinct }: Facts): boolean =>
  column.form === 'text' &&
  (format === 'word' || (format === undefined && values.every((value) => /^[^\s@]+$/.test(value)))) &&
  distinct >= NEARLY_ALL * filled;

/**
 * Tables with one name in each row, alone or with its domain, and a key of one column. The best first.
 * @returns `further`: columns that differ from row to row, such as a directory's own id
 */
function candidatesAmong({ families, foreignKeys }: Tables, kind: SubjectKind, knowledge: Knowledge) {
  const scored = families.flatMap((family) => {
    const { facts, names, tables } = family;
    const unique = facts.filter(({ filled, distinct }) => filled > 0 && distinct === filled);
    const isNamed = names.some(({ at, holds }) => holds === kind && isOwnName(family, at, knowledge));
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

/** Whether nearly every row has a name of its own, with the domain beside it where there is one. */
function isOwnName({ facts, sample }: Family, at: number, knowledge: Knowledge): boolean {
  const domain = domainAt({ facts, sample }, at, knowledge);
  return differing(sample, [at, domain]) >= NEARLY_ALL * facts[at]!.filled;
}

/** Rows that differ in two columns, of those with a value in the first. */
const differing = ({ rows }: TableSample, [one, other]: readonly [number, number]): number =>
  new Set(rows.flatMap((row) => (row[one] ? JSON.stringify([plain(row[one]), plain(row[other] ?? '')]) : []))).size;

/** The column of the domains: values are known ones, or it alone tells equal names apart; -1 when there is none. */
function domainAt({ facts, sample }: Pick<Family, 'facts' | 'sample'>, name: number, knowledge: Knowledge): number {
  const known = facts.findIndex((each) => isDomain(each, knowledge));
  const { filled, distinct } = facts[name]!;
  if (known >= 0 || distinct === filled) return known;
  const telling = facts.flatMap((each, at) => {
    const isFew = each.format === 'word' && each.distinct * EACH_DOMAIN <= each.filled;
    return isFew && differing(sample, [name, at]) === filled ? at : [];
  });
  return telling.length === 1 ? telling[0]! : -1;
}

/** Which columns identify a person, in a table that keeps them. */
function identityColumns(family: Family, kind: SubjectKind, knowledge: Knowledge): Identity['columns'] {
  const { facts, names } = family;
  const columns: Partial<Record<IdentityColumn, string>> = {};
  const isUser = kind === 'user';
  const own = names.filter(({ at, holds }) => holds === kind && isOwnName(family, at, knowledge));
  const domain = isUser && own[0] ? domainAt(family, own[0].at, knowledge) : -1;
  for (const [at, each] of facts.entries()) {
    const { column, format, filled, distinct } = each;
    const isPerson = isUser && filled > 0 && distinct > filled / 2;
    const isUpn = /upn|principal/i.test(column.column) || columns.mail !== undefined;
    const evidence: readonly (readonly [boolean, IdentityColumn])[] = [
      [isPerson && format === 'address', isUpn ? 'upn' : 'mail'],
      [isPerson && format === 'SID', 'sid'],
      [isPerson && format === 'full name', 'fullName'],
      [isPerson && format === 'account', 'account'],
      [own.some((name) => name.at === at), 'name'],
      [!isUser && format === 'word' && /serial/i.test(column.column), 'serial'],
      [at === domain || (isUser && isDomain(each, knowledge)), 'domain'],
    ];
    const [, found] = evidence.find(([holds]) => holds) ?? [];
    if (found && column.form === 'text') columns[found] ??= column.column;
  }
  return columns;
}

/** Key, name, domain and identifiers of every person of a table. */
async function peopleIn(transaction: PortalTransaction, identity: Identity, further: readonly string[]) {
  const { table, key, columns } = identity;
  const { name = columns.account ?? columns.upn ?? columns.mail ?? key, domain, department: _, ...others } = columns;
  const text = (column: string | undefined) => (column === undefined ? 'NULL' : `${escapeIdentifier(column)}::text`);
  const cells = [key, name, domain, ...Object.values(others), ...further].map(text);
  return (await transaction.query(`SELECT ${cells.join(', ')} FROM ${qualified(table)} LIMIT ${MAX_PEOPLE}`)).rows;
}

/** The same knowledge with these people: their names and domains, and whose an identifier is. */
function withPeople(knowledge: Knowledge, kind: SubjectKind, people: readonly (string | null)[][]): Knowledge {
  const logins = people.map(([, name]) => loginOf(kind, name ?? ''));
  const domains = people.flatMap(([, , domain]) => plain(domain ?? '') || []);
  const owners = new Map(knowledge.owners);
  for (const [at, [key, name, _domain, ...texts]] of people.entries()) {
    for (const text of new Set([logins[at]!, ...[name, ...texts].map((each) => plain(each ?? ''))])) {
      const id = `${kind}:${text}`;
      if (text) owners.set(id, (owners.get(id) ?? key) === key ? key! : '');
    }
  }
  return {
    ...knowledge,
    owners,
    domains: new Set([...knowledge.domains, ...domains]),
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
