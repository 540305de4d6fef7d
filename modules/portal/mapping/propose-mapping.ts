import type { SubjectKind } from '../../requests/subject.ts';
import { bearsText, type CatalogColumn, type PortalCatalog } from './catalog.ts';
import type { MappedTable, NameColumn, PortalMapping } from './mapping.ts';

/** How columns (`schema.table.column`) hold the planted name: as a whole value, in any form, or within a longer text. */
export type Planted = ReadonlyMap<string, 'whole' | 'within'>;

/** A mapping for a person to check, and the columns left open. It has no fingerprint: adding it is the approval. */
export interface MappingProposal {
  readonly mapping: Omit<PortalMapping, 'accounts'>;
  readonly unclassified: readonly { readonly column: string; readonly type: string; readonly why: string }[];
}

const OF_DEVICES = /device|computer|host|machine|workstation|fqdn|serial|mac|(^|_)ip(_|$)|asset/;
const OF_USERS = /user|account|log[io]n|person|employee|upn|owner|member/;
const NAME_COLUMN = /(^|_)(user|device|computer|host|account|login|logon|machine)(_?name)?$|(^|_)(upn|fqdn)$/;
const CO_IDENTIFIER =
  /sid$|upn|mail|full_?name|display_?name|first_?name|last_?name|department|phone|serial|mac|(^|_)ip|uid$|asset|path/;
const FREE_TEXT = /note|comment|description|text|title|message|body|remark|reason|subject/;

/** Proposes a mapping from what the catalog says and where the planted name is. */
export function proposeMapping(catalog: PortalCatalog, planted: Planted, ledger: string): MappingProposal {
  const unclassified: { column: string; type: string; why: string }[] = [];
  const tables: MappedTable[] = [];
  const stored = catalog.columns.filter(({ table }) => table !== ledger);
  const byTable = Map.groupBy(stored, ({ table }) => table);
  for (const [table, columns] of byTable) {
    if (columns[0]!.kind === 'materialized view') continue;
    const { mapped, left } = proposeTable(table, columns, planted);
    if (mapped) tables.push(mapped);
    unclassified.push(...left);
  }
  const views = [...byTable].filter(
    ([, columns]) => columns[0]!.kind === 'materialized view' && columns.some(bearsText),
  );
  const files = tables.map((mapped) => fileOf(mapped, byTable.get(mapped.table)!));
  return { mapping: { tables, harmless: [], derived: views.map(([table]) => table), ledger, files }, unclassified };
}

function proposeTable(table: string, columns: readonly CatalogColumn[], planted: Planted) {
  const foundIn = ({ column }: CatalogColumn) => planted.get(`${table}.${column}`);
  const text = columns.filter((column) => bearsText(column) && !column.generated);
  const names = text.flatMap((column) => nameOf(table, column, foundIn(column) === 'whole') ?? []);
  const isName = new Set(names.map(({ column }) => column));
  const co = columns.filter((column) => !isName.has(column.column) && CO_IDENTIFIER.test(column.column) && !column.key);
  const coIdentifiers = co.flatMap(({ column }) => {
    const kind = kindOf(column, table);
    const beside = names.find(({ holds }) => holds === kind) ?? names[0];
    return beside ? [{ column, beside: beside.column }] : [];
  });
  const taken = new Set([...isName, ...coIdentifiers.map(({ column }) => column)]);
  const rest = text.filter(({ column }) => !taken.has(column));
  const pick = (test: (column: CatalogColumn) => boolean) => rest.filter(test).map(({ column }) => column);
  const json = pick(({ form }) => form === 'json');
  const arrays = pick(({ form }) => form === 'array');
  const freeText = pick(
    (column) =>
      (column.form === 'text' && FREE_TEXT.test(column.column)) ||
      (foundIn(column) !== undefined && ['text', 'other'].includes(column.form)),
  );
  const placed = new Set([...json, ...arrays, ...freeText]);
  const left = rest
    .filter(({ column }) => !placed.has(column))
    .map(({ column, type, form }) => ({ column: `${table}.${column}`, type, why: whyOf(form) }));
  const primary = columns.filter(({ key }) => key).map(({ column }) => column);
  const key = primary.length > 0 ? primary : [columns[0]!.column];
  const mapped = { table, key, names, coIdentifiers, freeText, json, arrays };
  return { mapped: placed.size + names.length > 0 ? mapped : undefined, left };
}

const whyOf = (form: CatalogColumn['form']): string =>
  form === 'unknown'
    ? 'a type that is not known'
    : 'nothing tells whether it names anybody: list it under names, coIdentifiers, freeText or harmless';

/** A name column, recognized by the planted name in it, else by its own name. */
function nameOf(table: string, { column, form }: CatalogColumn, isPlanted: boolean): NameColumn | undefined {
  if (form !== 'text' || column.endsWith('path')) return undefined;
  const called = NAME_COLUMN.test(column) || (column === 'name' && (OF_USERS.test(table) || OF_DEVICES.test(table)));
  return called || isPlanted ? { column, holds: kindOf(column, table) } : undefined;
}

function kindOf(column: string, table: string): SubjectKind {
  const kindIn = (text: string): SubjectKind | undefined =>
    OF_USERS.test(text) ? 'user' : OF_DEVICES.test(text) ? 'device' : undefined;
  return kindIn(column) ?? kindIn(table) ?? 'user';
}

const fileOf = ({ table }: MappedTable, columns: readonly CatalogColumn[]): PortalMapping['files'][number] => ({
  file: table
    .split('.')[1]!
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_'),
  from: table,
  joins: [],
  columns: columns.map(({ column }) => ({ header: column, column })),
});
