import { bearsText, type PortalCatalog } from '../../modules/portal/mapping/catalog.ts';
import {
  type Identity,
  type IdentityColumn,
  MAX_FILE,
  type MappedTable,
  type PortalMapping,
} from '../../modules/portal/mapping/mapping.ts';
import type { SubjectKind } from '../../modules/requests/subject.ts';
import { type ColumnProposal, type Family, isDomain, proposeColumn } from './propose-column.ts';
import type { ForeignKey } from './sample-tables.ts';
import { type Knowledge, masked } from './value-evidence.ts';

/** A question about columns alike. */
interface Decision {
  readonly question: string;
  /** What the mapping says meanwhile. */
  readonly proposed: string;
  readonly evidence: string;
  /** `schema.table.column`. */
  readonly columns: readonly string[];
}

/** A column of tables alike, as it is proposed. */
export interface ReviewedColumn extends ColumnProposal {
  readonly tables: readonly string[];
  readonly column: string;
  readonly type: string;
  /** A value of the sample, and its shape. */
  readonly example: string | undefined;
  readonly masked: string | undefined;
}

/** A mapping for a person to check. It has no fingerprint: adding it is the approval. */
export interface MappingProposal {
  readonly mapping: PortalMapping;
  readonly decisions: readonly Decision[];
  readonly columns: readonly ReviewedColumn[];
}

const MAX_DECISIONS = 100;

export function proposeMapping(
  catalog: PortalCatalog,
  families: readonly Family[],
  identity: readonly Identity[],
  knowledge: Knowledge,
  ledger: string,
): MappingProposal {
  const columns: ReviewedColumn[] = [];
  const tables: MappedTable[] = [];
  const listed = { harmless: new Map<string, string[]>(), accounts: new Map<string, string[]>() };
  for (const family of families.filter((each) => each.tables[0] !== ledger)) {
    const own = identity.find(({ table }) => family.tables.includes(table));
    const proposals = family.facts.map((_, at) => proposeColumn(family, at, knowledge, own));
    for (const [at, proposal] of proposals.entries()) {
      const { column, type } = family.facts[at]!.column;
      const [example] = family.facts[at]!.values;
      const shown = { example, masked: example === undefined ? undefined : masked(example) };
      columns.push({ ...proposal, tables: family.tables, column, type, ...shown });
    }
    const named = (...roles: ColumnProposal['role'][]) =>
      family.facts.flatMap(({ column }, at) => (roles.includes(proposals[at]!.role) ? [column.column] : []));
    for (const table of family.tables) {
      const mapped = mappedTable(family, table, proposals);
      if (mapped) tables.push(mapped);
      for (const [list, roles] of [
        ['harmless', named('harmless', 'domain')],
        ['accounts', named('account')],
      ] as const)
        if (roles.length > 0) listed[list].set(table, roles);
    }
  }
  const isOfPeople = ({ table }: MappedTable) => identity.some((each) => each.table === table);
  tables.sort((a, b) => Number(isOfPeople(b)) - Number(isOfPeople(a)) || (a.table < b.table ? -1 : 1));
  const views = catalog.columns.filter((column) => column.kind === 'materialized view' && bearsText(column));
  const lists = (list: ReadonlyMap<string, string[]>) => [...list].map(([table, names]) => ({ table, columns: names }));
  const mapping: PortalMapping = {
    ...(identity.length > 0 && { identity }),
    tables,
    harmless: lists(listed.harmless),
    accounts: lists(listed.accounts),
    derived: [...new Set(views.map(({ table }) => table))],
    ledger,
    files: filesOf(tables, catalog),
  };
  return { mapping, decisions: decisionsOf(columns), columns };
}

function mappedTable(
  { facts, names }: Family,
  table: string,
  proposals: readonly ColumnProposal[],
): MappedTable | undefined {
  const columnAt = (at: number) => facts[at]!.column.column;
  const having = (role: ColumnProposal['role'], form?: string) =>
    facts.flatMap(({ column }, at) => {
      const shape = column.form === 'json' || column.form === 'array' ? column.form : 'text';
      return proposals[at]!.role === role && (!form || shape === form) ? [at] : [];
    });
  const [domain] = having('domain');
  const user = names.find(({ at, holds }) => holds === 'user' && proposals[at]!.role === 'name');
  const primary = facts.filter(({ column }) => column.key).map(({ column }) => column.column);
  const mapped = {
    table,
    key: primary.length > 0 ? primary : [columnAt(0)],
    names: names
      .filter(({ at }) => proposals[at]!.role === 'name')
      .map((name) => ({
        column: columnAt(name.at),
        holds: name.holds,
        ...(domain !== undefined && name === user && { domain: columnAt(domain) }),
      })),
    coIdentifiers: having('co-identifier').map((at) => ({
      column: columnAt(at),
      beside: columnAt(proposals[at]!.beside!),
    })),
    freeText: having('text', 'text').map(columnAt),
    json: having('text', 'json').map(columnAt),
    arrays: having('text', 'array').map(columnAt),
  };
  const changed = [...mapped.names, ...mapped.freeText, ...mapped.json, ...mapped.arrays];
  return changed.length > 0 ? mapped : undefined;
}

/** One file for each table; two schemas may have a table of the same name. */
function filesOf(tables: readonly MappedTable[], { columns }: PortalCatalog): PortalMapping['files'] {
  const stored = Map.groupBy(columns, ({ table }) => table);
  const taken = new Set<string>();
  return tables.map(({ table }, at) => {
    const plain = (text: string) =>
      text
        .toLowerCase()
        .replace(/[^a-z0-9_]/g, '_')
        .slice(0, MAX_FILE);
    const names = [plain(table.split('.')[1]!), plain(table), `table_${at}`];
    const file = names.find((name) => !taken.has(name))!;
    taken.add(file);
    const headers = stored.get(table)!.map(({ column }) => ({ header: column, column }));
    return { file, from: table, joins: [], columns: headers };
  });
}

/** Questions about columns of the same name, numbers at its end apart, are one; the rarest are put together while there are too many. */
function decisionsOf(columns: readonly ReviewedColumn[]): Decision[] {
  const asked = columns.filter(({ ask }) => ask !== undefined);
  const group = (by: (column: ReviewedColumn) => string) => [...Map.groupBy(asked, by).values()];
  const groups = group(({ ask, role, column }) => `${ask}/${role}/${column.replace(/[_\d]+$/, '')}`).sort(
    (a, b) => b.length - a.length,
  );
  const coarse = Map.groupBy(groups.slice(MAX_DECISIONS / 2).flat(), ({ ask, role }) => `${ask}/${role}`);
  const shown = groups.length <= MAX_DECISIONS ? groups : [...groups.slice(0, MAX_DECISIONS / 2), ...coarse.values()];
  return shown.map((alike) => ({
    question: alike[0]!.ask!,
    proposed: alike[0]!.role,
    evidence: [...new Set(alike.map(({ why }) => why))].slice(0, 3).join('; '),
    columns: alike.flatMap(({ tables, column }) => tables.map((table) => `${table}.${column}`)),
  }));
}

const COUNTED = ['number', 'date', 'boolean'];
const FORMATS: Partial<Record<string, IdentityColumn>> = { SID: 'sid', 'full name': 'fullName', account: 'account' };

/** A table that may keep the people, or devices. */
export interface IdentityCandidate {
  readonly identity: Identity;
  /** Columns that differ from row to row, such as a directory's own id. */
  readonly further: readonly string[];
}

/** Tables with one name in each row, and a key of one column. The best first. */
export function identityCandidates(
  families: readonly Family[],
  kind: SubjectKind,
  foreignKeys: readonly ForeignKey[],
  knowledge: Knowledge,
): IdentityCandidate[] {
  const scored = families.flatMap((family) => {
    const { facts, names, tables } = family;
    const [table, ...others] = tables as [string, ...string[]];
    const keys = facts.filter(({ column }) => column.key);
    const isUnique = (at: number) => facts[at]!.filled > 0 && facts[at]!.distinct === facts[at]!.filled;
    const own = names.filter(({ at, holds }) => holds === kind && isUnique(at));
    if (others.length > 0 || keys.length !== 1 || own.length === 0) return [];
    const columns = identityColumns(family, kind, knowledge);
    const key = keys[0]!.column.column;
    const referring = foreignKeys.filter(({ target, targetColumn }) => target === table && targetColumn === key);
    const links = referring.map((each) => ({ table: each.table, column: each.column }));
    const score = Object.keys(columns).length + (links.length > 0 ? 3 : 0) - names.length;
    const further = facts
      .filter(({ column: each, format }, at) => !each.key && isUnique(at) && !COUNTED.includes(format ?? ''))
      .map(({ column: each }) => each.column);
    return [{ score, further, identity: { holds: kind, table, key, columns, via: [], links } }];
  });
  return scored.sort((one, other) => other.score - one.score);
}

/** Which columns identify a person, in a table that keeps them. */
function identityColumns({ facts, names }: Family, kind: SubjectKind, knowledge: Knowledge): Identity['columns'] {
  const columns: Partial<Record<IdentityColumn, string>> = {};
  for (const [at, each] of facts.entries()) {
    const { column, format, filled, distinct } = each;
    const isName = names.some((each) => each.at === at && each.holds === kind);
    const isPerson = kind === 'user' && filled > 0 && distinct > filled / 2;
    const address = /upn|principal/i.test(column.column) ? 'upn' : columns.mail ? 'upn' : 'mail';
    const isSerial = kind === 'device' && format === 'word' && /serial/i.test(column.column);
    const found =
      (isPerson && (format === 'address' ? address : FORMATS[format ?? ''])) ||
      (isName ? 'name' : isSerial ? 'serial' : kind === 'user' && isDomain(each, knowledge) ? 'domain' : undefined);
    if (found && column.form === 'text') columns[found] ??= column.column;
  }
  return columns;
}

/** Tables that a key joins with one row of the identity table each way, and that hold further identifiers. */
export function viaOf(
  identity: Identity,
  families: readonly Family[],
  foreignKeys: readonly ForeignKey[],
  knowledge: Knowledge,
): Identity['via'] {
  const factsOf = (table: string, column: string) =>
    families.find(({ tables }) => tables.includes(table))?.facts.find((each) => each.column.column === column);
  const isUnique = (table: string, column: string) => {
    const { filled = 0, distinct } = factsOf(table, column) ?? {};
    return filled > 0 && distinct === filled;
  };
  const edges = foreignKeys
    .filter(({ table, column }) => isUnique(table, column))
    .flatMap(({ table, column, target, targetColumn }) => [
      { from: target, step: { table, on: [column, targetColumn] as [string, string] } },
      { from: table, step: { table: target, on: [targetColumn, column] as [string, string] } },
    ]);
  const seen = new Set([identity.table]);
  const found: Identity['via'][number][] = [];
  let reached: Identity['via'][number]['steps'][] = [[]];
  while (reached.length > 0) {
    reached = reached.flatMap((steps) => {
      const next = edges.filter(
        ({ from, step }) => from === (steps.at(-1)?.table ?? identity.table) && !seen.has(step.table),
      );
      for (const { step } of next) seen.add(step.table);
      return next.map(({ step }) => [...steps, step]);
    });
    for (const steps of reached) {
      const family = families.find(({ tables }) => tables.includes(steps.at(-1)!.table));
      const columns = family && family.names.length === 0 ? identityColumns(family, identity.holds, knowledge) : {};
      if (Object.keys(columns).length > 0) found.push({ steps, columns });
    }
  }
  return found;
}
