import { partsOf } from '../../modules/portal/database/sql.ts';
import { bearsText, type PortalCatalog } from '../../modules/portal/mapping/catalog.ts';
import { type Identity, MAX_FILE, type MappedTable, type PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import type { Decision } from './identity.ts';
import { type ColumnProposal, type Family, proposeColumn } from './propose-column.ts';
import type { Knowledge } from './value-evidence.ts';

/** Where the ledger of runs is expected. */
export const LEDGER = 'gdpr.anonymization_run';

/** A mapping for a person to check. It has no fingerprint: adding it is the approval. */
export type MappingProposal = ReturnType<typeof proposeMapping>;

const MAX_DECISIONS = 100;

export function proposeMapping(
  catalog: PortalCatalog,
  families: readonly Family[],
  people: { readonly identity: readonly Identity[]; readonly asked: readonly Decision[] },
  knowledge: Knowledge,
) {
  const { identity, asked } = people;
  const proposed = families.map((family) => {
    const own = identity.find(({ table }) => family.tables.includes(table));
    return { ...family, proposals: family.facts.map((_, at) => proposeColumn(family, at, knowledge, own)) };
  });
  changeBothSides(proposed, catalog);
  const listed = (...roles: ColumnProposal['role'][]) =>
    proposed.flatMap(({ tables, facts, proposals }) => {
      const columns = facts.flatMap(({ column }, at) => (roles.includes(proposals[at]!.role) ? column.column : []));
      return columns.length === 0 ? [] : tables.map((table) => ({ table, columns }));
    });
  const isOfPeople = ({ table }: MappedTable) => identity.some((each) => each.table === table);
  const tables = proposed.flatMap(({ proposals, ...family }) => mappedTables(family, proposals));
  tables.sort((a, b) => Number(isOfPeople(b)) - Number(isOfPeople(a)) || (a.table < b.table ? -1 : 1));
  const views = catalog.columns.filter((column) => column.kind === 'materialized view' && bearsText(column));
  const columns = proposed.flatMap(({ proposals }) => proposals);
  const mapping = {
    ...(identity.length > 0 && { identity }),
    tables,
    harmless: listed('harmless', 'domain'),
    accounts: listed('account'),
    derived: [...new Set(views.map(({ table }) => table))],
    ledger: LEDGER,
    files: filesOf(tables, catalog),
    decisions: [...asked, ...decisionsOf(columns)],
  } satisfies PortalMapping;
  return { mapping, columns, catalog };
}

const CHANGED: readonly ColumnProposal['role'][] = ['text', 'name', 'co-identifier'];

/** What refers to a column that a run changes is text, too, and so is what a changed column refers to: both get one token. */
function changeBothSides(
  families: readonly { readonly proposals: ColumnProposal[] }[],
  { foreignKeys }: PortalCatalog,
) {
  const placesOf = ({ tables, column }: ColumnProposal) => tables.map((table) => `${table}.${column}`);
  const all = families.flatMap(({ proposals }) => proposals.map((proposal, at) => ({ proposals, proposal, at })));
  const held = new Map<string, (typeof all)[number]>(
    all.flatMap((one) => placesOf(one.proposal).map((place) => [place, one])),
  );
  const sides = foreignKeys.map(([table, ours, other, theirs]) => [`${table}.${ours}`, `${other}.${theirs}`] as const);
  const both = [...sides, ...sides.map(([from, to]) => [to, from] as const)];
  const across: ReadonlyMap<string, typeof both> = Map.groupBy(both, ([place]) => place);
  const changed = all.flatMap(({ proposal }) => (CHANGED.includes(proposal.role) ? placesOf(proposal) : []));
  for (const place of changed) {
    for (const [, other] of across.get(place) ?? []) {
      const { proposals, at } = held.get(other) ?? { proposals: [], at: 0 };
      const proposal = proposals[at];
      if (!proposal || CHANGED.includes(proposal.role) || proposal.role === 'none') continue;
      proposals[at] = { ...proposal, role: 'text', why: `goes with ${place}, by a foreign key` };
      changed.push(...placesOf(proposal));
    }
  }
}

/** The tables of a family, if a run is to change any column of theirs. */
function mappedTables({ facts, names, tables }: Family, proposals: readonly ColumnProposal[]): MappedTable[] {
  const columnAt = (at: number) => facts[at]!.column.column;
  const having = (role: ColumnProposal['role'], ...forms: string[]) =>
    facts.flatMap(({ column }, at) =>
      proposals[at]!.role === role && (forms.length === 0 || forms.includes(column.form)) ? column.column : [],
    );
  const [domain] = having('domain');
  const named = names.filter(({ at }) => proposals[at]!.role === 'name');
  const user = named.find(({ holds }) => holds === 'user');
  const primary = facts.filter(({ column }) => column.key).map(({ column }) => column.column);
  const mapped = {
    key: primary.length > 0 ? primary : [columnAt(0)],
    names: named.map((name) => ({
      column: columnAt(name.at),
      holds: name.holds,
      ...(domain !== undefined && name === user && { domain }),
    })),
    coIdentifiers: proposals.flatMap(({ role, beside }, at) =>
      role === 'co-identifier' ? { column: columnAt(at), beside: columnAt(beside!) } : [],
    ),
    freeText: having('text', 'text', 'other', 'unknown'),
    json: having('text', 'json'),
    arrays: having('text', 'array'),
  };
  const changed = [...mapped.names, ...having('text')];
  return changed.length === 0 ? [] : tables.map((table) => ({ table, ...mapped }));
}

/** One file for each table; two schemas may have a table of the same name. */
function filesOf(tables: readonly MappedTable[], { columns }: PortalCatalog): PortalMapping['files'] {
  const stored = Map.groupBy(columns, ({ table }) => table);
  const plain = (text: string) => text.toLowerCase().replace(/\W/g, '_').slice(0, MAX_FILE);
  const taken = new Set<string>();
  return tables.map(({ table }, at) => {
    const names = [plain(partsOf(table)[1]!), plain(table), `table_${at}`];
    const file = names.find((name) => !taken.has(name))!;
    taken.add(file);
    const headers = stored.get(table)!.map(({ column }) => ({ header: column, column }));
    return { file, from: table, joins: [], columns: headers };
  });
}

/**
 * Questions about columns of the same name, numbers at its end apart, are one; the rarest are put together while there are
 * too many. `proposed`: what the mapping says meanwhile.
 */
function decisionsOf(columns: readonly ColumnProposal[]) {
  const asked = columns.filter(({ ask }) => ask !== undefined);
  const alike = Map.groupBy(asked, ({ ask, role, column }) => `${ask}/${role}/${column.replace(/[_\d]+$/, '')}`);
  const groups = [...alike.values()].sort((a, b) => b.length - a.length);
  const coarse = Map.groupBy(groups.slice(MAX_DECISIONS / 2).flat(), ({ ask, role }) => `${ask}/${role}`);
  const shown = groups.length <= MAX_DECISIONS ? groups : [...groups.slice(0, MAX_DECISIONS / 2), ...coarse.values()];
  return shown.map((group) => ({
    question: group[0]!.ask!,
    proposed: group[0]!.role,
    evidence: [...new Set(group.map(({ why }) => why))].slice(0, 3).join('; '),
    columns: group.flatMap(({ tables, column }) => tables.map((table) => `${table}.${column}`)),
  }));
}
