import { isDrawn, MIN_LETTERS } from '../names/tokens.ts';
import { bearsText, type CatalogColumn, fingerprintOf, isRequired, type PortalCatalog } from './catalog.ts';
import { accountColumns, type MappedTable, mappedColumns, type PortalMapping } from './mapping.ts';

/** Why a mapping cannot be used, in words: an unclassified column may hold the name, an unreadable one cannot be searched. */
export function mappingProblems(mapping: PortalMapping, catalog: PortalCatalog): string[] {
  const known = new Map(catalog.columns.map((column) => [`${column.table}.${column.column}`, column]));
  return [
    ...unsearchable(catalog),
    ...unreadable(catalog),
    ...unclassified(mapping, catalog),
    ...mapping.tables.flatMap((table) => misfits(table, known, mapping.identity)),
    ...mapping.tables
      .flatMap((table) => placesOf(table.table, mappedColumns(table)))
      .filter((place) => accountColumns(mapping.accounts).has(place))
      .map((place) => `${place} belongs to login accounts, which are never changed, and is mapped to be changed`),
    ...misreferred(mapping, catalog, known),
    ...absent(mapping, catalog, known),
    ...withoutIdentity(mapping),
    ...(mapping.decisions ?? []).map(
      ({ question, columns }) =>
        `to be decided (${columns.length} columns, such as ${columns[0]}): ${question} Then take it out of "decisions"`,
    ),
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
  const tables = new Map(columns.flatMap(({ table, missing }) => (missing ? [[table, missing] as const] : [])));
  return [...tables].map(([table, missing]) => `${table} cannot be read in full: ${missing}`);
}

function unclassified(mapping: PortalMapping, { columns }: PortalCatalog): string[] {
  const listed = new Set([
    ...mapping.tables.flatMap((table) => placesOf(table.table, mappedColumns(table))),
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

const placesOf = (table: string, columns: readonly string[]): string[] => columns.map((column) => `${table}.${column}`);

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
  const fixed = [...mapped.names, ...mapped.coIdentifiers].flatMap((each) => {
    const [place, one, isCleared] = [`${table}.${each.column}`, found(each.column), 'beside' in each];
    if (isCleared && one?.generated) return [`${place} cannot be cleared: it is computed from other columns`];
    const token = mapped.tokens?.[each.column];
    if (token && !isCleared && one?.form === 'none')
      return [`${place} (${one.type}) gets a negative number, which "tokens" cannot change`];
    if (!one || token || (isCleared && !isRequired(one, mapped))) return [];
    if (isCleared && one.form !== 'text')
      return [`${place} (${one.type}) may not be null: give the value that takes its place in "tokens"`];
    const isShort = one.limit !== null && one.limit < MIN_LETTERS;
    return isShort ? [`${place} is too short for a token: give it a form in "tokens"`] : [];
  });
  const unsearched = mapped.arrays.flatMap((column) => {
    const { form, type } = found(column) ?? {};
    return form === 'none' ? [`${table}.${column} (${type}) is not searched: take it out of "arrays"`] : [];
  });
  const twice = changedTwice(mapped).map(
    (column) => `${table}.${column} is listed twice, and can be changed in one way only`,
  );
  return [...misnamed, ...fixed, ...unsearched, ...twice];
}

/** Foreign keys with a side that a run would change alone, or in another way than the other. */
function misreferred(
  { tables }: PortalMapping,
  { foreignKeys }: PortalCatalog,
  known: ReadonlyMap<string, CatalogColumn>,
) {
  const changing = new Map(
    tables.flatMap((table) => placesOf(table.table, mappedColumns(table)).map((one) => [one, table])),
  );
  return foreignKeys.flatMap(([table, ours, other, theirs]) => {
    const [from, to] = [`${table}.${ours}`, `${other}.${theirs}`];
    const [mapped, parent] = [changing.get(from), changing.get(to)];
    const token = mapped?.tokens?.[ours];
    const refers = `${from} refers to ${to}, which`;
    if (!mapped) return parent ? [`${refers} a run changes: list it in ${table}, too`] : [];
    if (mapped.coIdentifiers.some(({ column }) => column === ours) && !isRequired(known.get(from)!, mapped)) return [];
    if (parent) return token === parent.tokens?.[theirs] ? [] : [`${refers} must have the same form in "tokens"`];
    if (token && !isDrawn(token)) return [];
    return [`${refers} no run changes: list it, too, or give ${from} one of its values in "tokens"`];
  });
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

/** With the name alone, full names, mail addresses and SIDs stay beside the token, so `[]` must say that this is meant. */
const withoutIdentity = ({ tables, identity }: PortalMapping): string[] =>
  identity?.length === 0 ||
  identity?.some(({ holds }) => holds === 'user') ||
  !tables.some(({ names }) => names.some(({ holds }) => holds === 'user'))
    ? []
    : [
        'no "identity" says where users are kept, so full names, mail addresses and SIDs of a user would stay and be in no ' +
          'certificate: write it, or "identity": [] if names are all that the database knows',
      ];

/** What the mapping lists but the schema lacks. */
function absent(mapping: PortalMapping, { columns }: PortalCatalog, known: ReadonlyMap<string, unknown>): string[] {
  const kinds = new Map(columns.map(({ table, kind }) => [table, kind]));
  const asked = [
    ...mapping.tables.flatMap((table) => {
      const domains = table.names.flatMap(({ domain }) => domain ?? []);
      return placesOf(table.table, [
        ...table.key,
        ...mappedColumns(table),
        ...domains,
        ...Object.keys(table.tokens ?? {}),
      ]);
    }),
    ...accountColumns([...mapping.harmless, ...mapping.accounts]),
    ...(mapping.identity ?? []).flatMap(({ table, key, columns, via, links }) => [
      ...placesOf(table, [key, ...Object.values(columns)]),
      ...via.flatMap(({ steps, columns: further }) => [
        ...steps.flatMap((step) => placesOf(step.table, [step.on[0]])),
        ...placesOf(steps.at(-1)!.table, Object.values(further)),
      ]),
      ...links.flatMap((link) => placesOf(link.table, [link.column])),
    ]),
    ...mapping.files.flatMap(({ from, joins, columns }) => [
      ...columns.flatMap(({ table = from, column }) => placesOf(table, [column])),
      ...joins.flatMap(({ table, on }) => on.flatMap(([theirs, ours]) => [`${table}.${theirs}`, `${from}.${ours}`])),
    ]),
  ];
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
