import type { SubjectKind } from '../../requests/subject.ts';
import { bearsText, type CatalogColumn, type PortalCatalog } from './catalog.ts';
import type { ColumnSpelling, MappedTable, NameColumn, PortalMapping } from './mapping.ts';

/** What the values of one column look like. It holds no value. */
export interface ColumnSample {
  readonly table: string;
  readonly column: string;
  /** Share of the sampled values that hold a backslash, an `@`, a dot; 0 to 1. */
  readonly backslash: number;
  readonly at: number;
  readonly dot: number;
  /** How the column writes the planted name: as a whole value in a spelling, or within a longer text. */
  readonly planted?: ColumnSpelling | 'within';
}

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

/** Proposes a mapping from what the catalog says and what the values look like. */
export function proposeMapping(
  catalog: PortalCatalog,
  samples: readonly ColumnSample[],
  ledger: string,
): MappingProposal {
  const sampleOf = new Map(samples.map((sample) => [`${sample.table}.${sample.column}`, sample]));
  const unclassified: { column: string; type: string; why: string }[] = [];
  const tables: MappedTable[] = [];
  const stored = catalog.columns.filter(({ table }) => table !== ledger);
  const byTable = Map.groupBy(stored, ({ table }) => table);
  for (const [table, columns] of byTable) {
    if (columns[0]!.kind === 'materialized view') continue;
    const { mapped, left } = proposeTable(table, columns, sampleOf);
    if (mapped) tables.push(mapped);
    unclassified.push(...left);
  }
  const views = [...byTable].filter(
    ([, columns]) => columns[0]!.kind === 'materialized view' && columns.some(bearsText),
  );
  const files = tables.map((mapped) => fileOf(mapped, byTable.get(mapped.table)!));
  return { mapping: { tables, harmless: [], derived: views.map(([table]) => table), ledger, files }, unclassified };
}

function proposeTable(table: string, columns: readonly CatalogColumn[], sampleOf: ReadonlyMap<string, ColumnSample>) {
  const sampled = (column: CatalogColumn) => sampleOf.get(`${table}.${column.column}`);
  const text = columns.filter((column) => bearsText(column) && !column.generated);
  const names = text.flatMap((column) => nameOf(table, column, sampled(column)) ?? []);
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
  const freeText = pick((column) =>
    column.form === 'text'
      ? FREE_TEXT.test(column.column) || sampled(column)?.planted !== undefined
      : isHit(sampled(column), column),
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

const isHit = (sample: ColumnSample | undefined, { form }: CatalogColumn): boolean =>
  form === 'other' && sample?.planted !== undefined;

const whyOf = (form: CatalogColumn['form']): string =>
  form === 'unknown'
    ? 'a type that is not known'
    : 'nothing tells whether it names anybody: list it under names, coIdentifiers, freeText or harmless';

/** A name column, recognized by the planted name in it, else by its own name. */
function nameOf(table: string, { column, form }: CatalogColumn, sample?: ColumnSample): NameColumn | undefined {
  if (form !== 'text' || column.endsWith('path')) return undefined;
  const holds = kindOf(column, table);
  if (sample?.planted && sample.planted !== 'within')
    return { column, holds, spelling: spellingOf(column, holds, sample) };
  const called = NAME_COLUMN.test(column) || (column === 'name' && (OF_USERS.test(table) || OF_DEVICES.test(table)));
  return called ? { column, holds, spelling: spellingOf(column, holds, sample) } : undefined;
}

function kindOf(column: string, table: string): SubjectKind {
  const kindIn = (text: string): SubjectKind | undefined =>
    OF_USERS.test(text) ? 'user' : OF_DEVICES.test(text) ? 'device' : undefined;
  return kindIn(column) ?? kindIn(table) ?? 'user';
}

/** By the planted name, else by what most values look like. */
function spellingOf(column: string, holds: SubjectKind, sample: ColumnSample | undefined): ColumnSpelling {
  if (sample?.planted && sample.planted !== 'within' && sample.planted !== 'bare') return sample.planted;
  if (!sample) return 'bare';
  if (sample.backslash > 0.5) return 'domain-backslash';
  if (sample.at > 0.5 || column.endsWith('upn')) return 'upn';
  return holds === 'device' && (sample.dot > 0.5 || column.endsWith('fqdn')) ? 'fqdn' : 'bare';
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
