import { PortalMappingError } from '../errors.ts';
import { bearsText, type CatalogColumn, fingerprintOf, type PortalCatalog } from './catalog.ts';
import { accountColumns, type MappedTable, mappedColumns, type PortalMapping } from './mapping.ts';

/**
 * Refuses a mapping that is not approved for the live schema (docs/portal-mapping.md): an unclassified column may hold the
 * name, and an unreadable one cannot be searched.
 * @throws {PortalMappingError} names each table or column
 */
export function refuseUnfit(mapping: PortalMapping, catalog: PortalCatalog): void {
  const problems = mappingProblems(mapping, catalog);
  if (problems.length > 0) throw new PortalMappingError(problems);
}

/** Why `mapping` cannot be used on this schema, in words; empty when it fits. */
export function mappingProblems(mapping: PortalMapping, catalog: PortalCatalog): string[] {
  const known = new Map(catalog.columns.map((column) => [`${column.table}.${column.column}`, column]));
  return [
    ...unsearchable(catalog),
    ...unreadable(catalog),
    ...unclassified(mapping, catalog),
    ...mapping.tables.flatMap((table) => misfits(table, known, mapping.identity)),
    ...mapping.tables.flatMap((table) => changedAccounts(table, accountColumns(mapping.accounts))),
    ...absent(mapping, catalog, known),
    ...changed(mapping, catalog),
  ];
}

/** Problems of the database itself, with which a search would miss names. */
function unsearchable({ encoding, locale, knowsLetters }: PortalCatalog): string[] {
  if (encoding !== 'UTF8') return [`the database is in ${encoding}; names are looked for in a database in UTF8 only`];
  if (knowsLetters) return [];
  return [
    `the locale ${locale} of the database does not pair letters such as É and é, or I and i, so names would be missed; ` +
      'load the data into a database made with LC_CTYPE C.UTF-8, or that of another language',
  ];
}

function unreadable({ columns }: PortalCatalog): string[] {
  const tables = new Set(columns.filter(({ readable }) => !readable).map(({ table }) => table));
  return [...tables].map((table) => `${table} cannot be read by this role`);
}

/** Columns that may carry text and that the mapping does not list. */
function unclassified(mapping: PortalMapping, { columns }: PortalCatalog): string[] {
  const listed = new Set([
    ...mapping.tables.flatMap((table) => mappedColumns(table).map((column) => `${table.table}.${column}`)),
    ...accountColumns([...mapping.harmless, ...mapping.accounts]),
  ]);
  const whole = new Set([...mapping.derived, mapping.ledger]);
  return columns
    .filter((column) => bearsText(column) && !column.generated && !whole.has(column.table))
    .filter(({ table, column }) => !listed.has(`${table}.${column}`))
    .map(({ table, column, type, form }) =>
      form === 'unknown'
        ? `${table}.${column} has the type ${type}, which is not known`
        : `${table}.${column} (${type}) is not classified`,
    );
}

/** Columns whose type does not fit the mapping. Text in any type is read and rewritten, so only names need a type of text. */
function misfits(
  { table, ...mapped }: MappedTable,
  known: ReadonlyMap<string, CatalogColumn>,
  identity: PortalMapping['identity'] = [],
): string[] {
  const found = (column: string) => known.get(`${table}.${column}`);
  const misnamed = mapped.names.flatMap(({ column, holds }) => {
    const { form = 'text', type } = found(column) ?? {};
    const mayBeNumber = identity.some((each) => each.holds === holds && each.logins === 'number');
    return form === 'text' || (form === 'none' && mayBeNumber)
      ? []
      : [`${table}.${column} (${type}) is no text column`];
  });
  const fixed = mapped.coIdentifiers
    .filter(({ column }) => found(column)?.nullable === false || found(column)?.generated)
    .map(({ column }) => `${table}.${column} cannot be cleared: it may not be null`);
  const twice = changedTwice(mapped).map(
    (column) => `${table}.${column} is listed twice, and can be changed in one way only`,
  );
  return [...misnamed, ...fixed, ...twice];
}

/** Columns that one run (about a user or a device) would change in two ways. */
function changedTwice({ names, coIdentifiers, freeText, json, arrays }: Omit<MappedTable, 'table'>): string[] {
  const twice = (['user', 'device'] as const).flatMap((kind) => {
    const named = names.filter(({ holds }) => holds === kind).map(({ column }) => column);
    const cleared = coIdentifiers.filter(({ column, beside }) => named.includes(beside) && !named.includes(column));
    const changed = [...named, ...cleared.map(({ column }) => column), ...freeText, ...json, ...arrays];
    return changed.filter((column, at) => changed.indexOf(column) !== at);
  });
  return [...new Set(twice)];
}

const changedAccounts = (table: MappedTable, accounts: ReadonlySet<string>): string[] =>
  mappedColumns(table)
    .map((column) => `${table.table}.${column}`)
    .filter((place) => accounts.has(place))
    .map((place) => `${place} belongs to login accounts, which are never changed, and is mapped to be changed`);

/** What the mapping lists but the schema lacks. */
function absent(mapping: PortalMapping, { columns }: PortalCatalog, known: ReadonlyMap<string, unknown>): string[] {
  const kinds = new Map(columns.map(({ table, kind }) => [table, kind]));
  const asked = [
    ...mapping.tables.flatMap((table) =>
      [...table.key, ...mappedColumns(table)].map((column) => [table.table, column]),
    ),
    ...[...mapping.harmless, ...mapping.accounts].flatMap(({ table, columns }) =>
      columns.map((column) => [table, column]),
    ),
    ...mapping.tables.flatMap(({ table, names }) => names.flatMap(({ domain }) => (domain ? [[table, domain]] : []))),
    ...(mapping.identity ?? []).flatMap(({ table, key, columns, via, links }) => [
      ...[key, ...Object.values(columns)].map((column) => [table, column]),
      ...via.flatMap(({ steps, columns: further }) => [
        ...steps.map((step) => [step.table, step.on[0]]),
        ...Object.values(further).map((column) => [steps.at(-1)!.table, column]),
      ]),
      ...links.map((link) => [link.table, link.column]),
    ]),
    ...mapping.files.flatMap(({ from, joins, columns }) => [
      ...columns.map(({ table, column }) => [table ?? from, column]),
      ...joins.flatMap(({ table, on }) =>
        on.flatMap(([theirs, ours]) => [
          [table, theirs],
          [from, ours],
        ]),
      ),
    ]),
  ].map(([table, column]) => `${table}.${column}`);
  return [
    ...[...new Set(asked)].filter((column) => !known.has(column)).map((column) => `${column} does not exist`),
    ...mapping.derived
      .filter((view) => kinds.get(view) !== 'materialized view')
      .map((view) => `${view} is no materialized view`),
    ...(kinds.has(mapping.ledger) ? [] : [`the ledger ${mapping.ledger} does not exist`]),
  ];
}

function changed(mapping: PortalMapping, catalog: PortalCatalog): string[] {
  const live = fingerprintOf(catalog, mapping.ledger);
  if (mapping.fingerprint === live) return [];
  const why = mapping.fingerprint ? 'the schema is not the approved one' : 'the mapping has no fingerprint';
  return [`${why}; look at it, then approve fingerprint ${live}`];
}
