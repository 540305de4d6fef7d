import { escapeIdentifier } from 'pg';
import { type PortalConnectionSource, withTransaction } from '../../modules/portal/database/connection.ts';
import { qualified } from '../../modules/portal/database/sql.ts';
import type { PortalTransaction } from '../../modules/portal/database/transaction.ts';
import type { PortalCatalog } from '../../modules/portal/mapping/catalog.ts';
import type { Identity } from '../../modules/portal/mapping/mapping.ts';
import { readCatalog } from '../../modules/portal/mapping/read-catalog.ts';
import { domainIn, personByName } from '../../modules/portal/names/person.ts';
import { PersonJudge } from '../../modules/portal/names/person-judge.ts';
import { judgedTables } from '../../modules/portal/search/judged-tables.ts';
import { scan } from '../../modules/portal/search/scan.ts';
import { SubjectKind } from '../../modules/requests/subject.ts';
import { halvesOf } from '../../modules/requests/subjects/account-name.ts';
import { type Family, familiesOf, type Planted } from './propose-column.ts';
import {
  type IdentityCandidate,
  identityCandidates,
  type MappingProposal,
  proposeMapping,
  viaOf,
} from './propose-mapping.ts';
import { readForeignKeys, readStatistics, sampleTables } from './sample-tables.ts';
import { type Knowledge, loginOf, plain } from './value-evidence.ts';

/** Where the ledger of runs is expected. */
const LEDGER = 'gdpr.anonymization_run';

const TRANSACTION = { statementSeconds: 600, lockSeconds: 10 };
const MAX_PEOPLE = 200_000;
const MAX_CANDIDATES = 5;
/** Of the rows of an identity table so many have a name of their own. */
const OWN_NAMES = 0.8;

/** Names that somebody else knows, such as the Engines. */
type KnownNames = Readonly<Record<SubjectKind, readonly string[]>>;

/**
 * Proposes a mapping for a database, read-only. What it reads stays in memory.
 * @param known names to compare values with
 * @param planted a name that somebody put into the Portal: where it is found shows more than a sample
 */
export async function discoverMapping(
  source: PortalConnectionSource,
  known: KnownNames = { user: [], device: [] },
  planted?: string,
): Promise<MappingProposal & { readonly catalog: PortalCatalog }> {
  return withTransaction(source, TRANSACTION, async (transaction) => {
    const catalog = await readCatalog(transaction);
    const [foreignKeys, statistics] = [await readForeignKeys(transaction), await readStatistics(transaction)];
    const places = await findPlanted(transaction, catalog, planted);
    const stored = catalog.columns.filter(({ kind, table }) => kind !== 'materialized view' && table !== LEDGER);
    const samples = await sampleTables(source, stored);
    let knowledge = knowledgeOf(known);
    const families = () => familiesOf(samples, statistics, knowledge, places);
    if (knowledge.names.user.size === 0) knowledge = knowledgeOf({ ...known, user: accountsIn(families()) });
    const identity: Identity[] = [];
    for (const kind of SubjectKind.options) {
      const found = families();
      for (const candidate of identityCandidates(found, kind, foreignKeys, knowledge).slice(0, MAX_CANDIDATES)) {
        const people = await peopleIn(transaction, candidate);
        if (!people) continue;
        knowledge = withPeople(knowledge, kind, people);
        const { identity: own } = candidate;
        const links = [...own.links, ...keysElsewhere(own, found, knowledge.keys[kind])];
        identity.push({ ...own, via: viaOf(own, found, foreignKeys, knowledge), links });
        break;
      }
    }
    return { ...proposeMapping(catalog, families(), identity, knowledge, LEDGER), catalog };
  });
}

function knowledgeOf(known: KnownNames): Knowledge {
  const logins = (kind: SubjectKind) => new Set(known[kind].map((name) => loginOf(kind, name)));
  const domains = known.user.flatMap((name) => plain(halvesOf({ kind: 'user', name }).domain ?? '') || []);
  return {
    names: { user: logins('user'), device: logins('device') },
    domains: new Set(domains.flatMap((domain) => [domain, domain.split('.')[0]!])),
    owners: new Map(),
    keys: { user: new Set(), device: new Set() },
  };
}

/** Accounts, where nobody knows any name: by their form, when their login stands alone elsewhere. */
function accountsIn(families: readonly Family[]): string[] {
  const columns = families.flatMap(({ facts }) => facts);
  const words = new Set(columns.flatMap(({ format, values }) => (format === 'word' ? values.map(plain) : [])));
  return columns
    .flatMap(({ format, values }) => (format === 'account' || format === 'address' ? values : []))
    .filter((value) => words.has(loginOf('user', value)));
}

/** A person of an identity table. */
interface Person {
  readonly key: string;
  readonly name: string | null;
  readonly identifiers: readonly (string | null)[];
}

/** Every person of a table, unless its names repeat. */
async function peopleIn(
  transaction: PortalTransaction,
  { identity: { table, key, columns }, further }: IdentityCandidate,
): Promise<Person[] | undefined> {
  const { name = key, domain: _domain, department: _department, ...others } = columns;
  const cells = [key, name, ...Object.values(others), ...further].map((column) => `${escapeIdentifier(column)}::text`);
  const { rows } = await transaction.query(`SELECT ${cells.join(', ')} FROM ${qualified(table)} LIMIT ${MAX_PEOPLE}`);
  const people = rows.map(([id, login, ...identifiers]) => ({ key: id!, name: login!, identifiers }));
  return new Set(people.map((each) => each.name)).size >= OWN_NAMES * people.length ? people : undefined;
}

/** The same knowledge with these people: their names, and whose an identifier is. */
function withPeople(knowledge: Knowledge, kind: SubjectKind, people: readonly Person[]): Knowledge {
  const owners = new Map(knowledge.owners);
  const own = (text: string, key: string) => {
    const id = `${kind}:${text}`;
    owners.set(id, (owners.get(id) ?? key) === key ? key : '');
  };
  for (const { key, name, identifiers } of people) {
    for (const text of [name, ...identifiers]) if (text) own(plain(text), key);
    if (name && plain(name) !== loginOf(kind, name)) own(loginOf(kind, name), key);
  }
  const names = new Set([...knowledge.names[kind], ...people.map(({ name }) => loginOf(kind, name ?? ''))]);
  const keys = new Set(people.map(({ key }) => key));
  return {
    ...knowledge,
    owners,
    names: { ...knowledge.names, [kind]: names },
    keys: { ...knowledge.keys, [kind]: keys },
  };
}

/** Columns without a foreign key whose ids are all keys of the identity table. Numbers would show nothing. */
function keysElsewhere(
  { table, links }: Identity,
  families: readonly Family[],
  keys: ReadonlySet<string>,
): Identity['links'] {
  return families.flatMap(({ tables, facts }) =>
    facts
      .filter(({ format, values }) => format === 'GUID' && values.every((value) => keys.has(value)))
      .flatMap(({ column }) => tables.map((each) => ({ table: each, column: column.column })))
      .filter(
        (link) =>
          link.table !== table && !links.some((each) => each.table === link.table && each.column === link.column),
      ),
  );
}

/** Searches all tables for the planted name, as for a person. */
async function findPlanted(
  transaction: PortalTransaction,
  { columns }: PortalCatalog,
  planted: string | undefined,
): Promise<Planted> {
  const found = new Map<string, 'whole' | 'within'>();
  if (planted === undefined) return found;
  const judge = new PersonJudge(personByName({ kind: 'user', name: planted }));
  const readable = columns.filter((column) => column.missing === null && column.kind !== 'materialized view');
  for (const table of judgedTables({ columns: readable }, undefined, 'user')) {
    for await (const rows of scan(transaction, table, judge)) {
      for (const { before, cells } of rows) {
        for (const [at, { place, form }] of table.columns.entries()) {
          if (cells[at]!.theirs === 0) continue;
          const isWhole = SubjectKind.options.some((kind) => domainIn(kind, before[at]!, planted) !== null);
          if (form === 'text' && isWhole) found.set(place, 'whole');
          else if (!found.has(place)) found.set(place, 'within');
        }
      }
    }
  }
  return found;
}
