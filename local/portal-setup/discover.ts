import { type PortalConnectionSource, withTransaction } from '../../modules/portal/database/connection.ts';
import type { PortalTransaction } from '../../modules/portal/database/transaction.ts';
import type { PortalCatalog } from '../../modules/portal/mapping/catalog.ts';
import { readCatalog } from '../../modules/portal/mapping/read-catalog.ts';
import { domainIn, personByName } from '../../modules/portal/names/person.ts';
import { PersonJudge } from '../../modules/portal/names/person-judge.ts';
import { judgedTables } from '../../modules/portal/search/judged-tables.ts';
import { scan } from '../../modules/portal/search/scan.ts';
import { type Subject, SubjectKind } from '../../modules/requests/subject.ts';
import { halvesOf } from '../../modules/requests/subjects/account-name.ts';
import { type FoundIdentity, findIdentity, loginsBesidePeople } from './identity.ts';
import { type Family, familiesOf } from './propose-column.ts';
import { LEDGER, type MappingProposal, proposeMapping } from './propose-mapping.ts';
import { readStatistics, sampleTables } from './sample-tables.ts';
import { type Knowledge, loginOf, plain, SAME_SHARE } from './value-evidence.ts';

const TRANSACTION = { statementSeconds: 600, lockSeconds: 10 };

/** Names that somebody else knows, such as the Engines; `isCut` when there are more. */
type KnownNames = Readonly<Record<SubjectKind, readonly string[]>> & { readonly isCut?: boolean };

/**
 * Proposes a mapping for a database, read-only. What it reads stays in memory.
 * @param known names to compare values with
 * @param planted a user or a device that somebody put into the Portal: where it is found shows more than a sample
 */
export async function discoverMapping(
  source: PortalConnectionSource,
  known: KnownNames = { user: [], device: [] },
  planted?: Subject,
): Promise<MappingProposal> {
  return withTransaction(source, TRANSACTION, async (transaction) => {
    const catalog = await readCatalog(transaction);
    const statistics = await readStatistics(transaction);
    const stored = catalog.columns.filter(({ kind, table }) => kind !== 'materialized view' && table !== LEDGER);
    const places = await findPlanted(transaction, stored, planted);
    const samples = await sampleTables(source, stored);
    const families = (knowledge: Knowledge) => familiesOf(samples, statistics, knowledge, places);
    let knowledge = knowledgeOf(known);
    const [accounts, logins] = known.user.length > 0 ? [[], []] : namesByForm(families(knowledge));
    if (known.user.length === 0) knowledge = knowledgeOf({ ...known, user: [...accounts, ...logins], isCut: true });
    const isGuess = logins.length > 0;
    const found: FoundIdentity[] = [];
    for (const kind of SubjectKind.options) {
      const tables = { transaction, families: families(knowledge), foreignKeys: catalog.foreignKeys };
      const people = await findIdentity(tables, kind, knowledge, isGuess && kind === 'user');
      found.push(people);
      knowledge = people.knowledge;
    }
    const identity = found.flatMap((each) => each.identity ?? []);
    const asked = found.flatMap((each) => each.asked);
    return proposeMapping(catalog, families(knowledge), { identity, asked }, knowledge);
  });
}

function knowledgeOf(known: KnownNames): Knowledge {
  const logins = (kind: SubjectKind) => new Set(known[kind].map((name) => loginOf(kind, name)));
  const domains = known.user.flatMap((name) => plain(halvesOf({ kind: 'user', name }).domain ?? '') || []);
  return {
    names: { user: logins('user'), device: logins('device') },
    isCut: known.isCut ?? false,
    domains: new Set(domains.flatMap((domain) => [domain, domain.split('.')[0]!])),
    owners: new Map(),
    keys: { user: new Set(), device: new Set() },
  };
}

/** Accounts; and the logins that stand beside people, if the accounts are not theirs. */
function namesByForm(families: readonly Family[]): [accounts: string[], logins: string[]] {
  const accounts = accountsIn(families);
  const logins = loginsBesidePeople(families);
  const named = new Set(accounts.map((account) => loginOf('user', account)));
  const met = logins.filter((login) => named.has(plain(login)));
  return [accounts, met.length >= SAME_SHARE * logins.length ? [] : logins];
}

/** Accounts, where nobody knows any name: by their form, when their login stands alone elsewhere. */
function accountsIn(families: readonly Family[]): string[] {
  const columns = families.flatMap(({ facts }) => facts);
  // a column of logins may hold numbers as well, and has no format then
  const words = columns.filter(({ format }) => format === 'word' || format === undefined);
  const alone = new Set(words.flatMap(({ values }) => values.map(plain)));
  return columns
    .flatMap(({ format, values }) => (format === 'account' || format === 'address' ? values : []))
    .filter((value) => alone.has(loginOf('user', value)));
}

/** Columns (`schema.table.column`) where the planted name is a whole value, in any form, with whose name it is. */
async function findPlanted(
  transaction: PortalTransaction,
  columns: PortalCatalog['columns'],
  planted: Subject | undefined,
): Promise<Map<string, SubjectKind>> {
  const found = new Map<string, SubjectKind>();
  if (planted === undefined) return found;
  const { kind, name } = planted;
  const judge = new PersonJudge(personByName(planted));
  const isPlanted = (value: string | null | undefined) => Boolean(value) && domainIn(kind, value!, name) !== null;
  for (const table of judgedTables({ columns: columns.filter(({ missing }) => missing === null) }, undefined, kind)) {
    for await (const rows of scan(transaction, table, judge)) {
      for (const [at, { place, form }] of table.columns.entries())
        if (form === 'text' && rows.some(({ before }) => isPlanted(before[at]))) found.set(place, kind);
    }
  }
  return found;
}
