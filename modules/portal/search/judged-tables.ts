import { escapeIdentifier } from 'pg';
import type { SubjectKind } from '../../requests/subject.ts';
import { bearsText, type CatalogColumn, isRequired, type PortalCatalog } from '../mapping/catalog.ts';
import { accountColumns, type PortalMapping } from '../mapping/mapping.ts';
import type { CellForm } from '../names/cell-reader.ts';
import { fittingToken } from '../names/tokens.ts';

/** What the mapping says of a column. `name`: of the kind that is searched for. `unlisted number`: it may hold logins. */
type Role = 'name' | 'other name' | 'co-identifier' | 'text' | 'harmless' | 'account' | 'unlisted' | 'unlisted number';

/** A column that may carry text, or that a run clears. */
export interface JudgedColumn {
  readonly column: string;
  /** `schema.table.column`. */
  readonly place: string;
  readonly role: Role;
  /** `number`: of a login that is a number; `none`: a run can only clear it. */
  readonly form: CellForm | 'number' | 'none';
  /** The type for a cast. */
  readonly cast: string;
  readonly limit: number | undefined;
  /** A run may not clear it: it gets a token. */
  readonly required: boolean;
  /** Form of its token, when the mapping gives one. */
  readonly token: string | undefined;
  /** A run may write it. Columns computed from others change with them. */
  readonly writable: boolean;
  /** Name columns, by position: where one is the person's name, this column is cleared. */
  readonly beside: readonly number[];
  /** Position of the column with the domain of a name. */
  readonly domain: number | undefined;
}

/** A stored relation with the columns that a search reads. */
export interface JudgedTable {
  /** `schema.table`. */
  readonly name: string;
  /** Quoted. */
  readonly from: string;
  /** The table that it inherits from. */
  readonly parent: string | null;
  readonly isMapped: boolean;
  /** The ledger, or computed from other tables. */
  readonly isOurs: boolean;
  /** A table of this database. */
  readonly isStored: boolean;
  readonly columns: readonly JudgedColumn[];
  readonly others: readonly JudgedColumn[];
}

const CHANGING: ReadonlySet<Role> = new Set(['name', 'other name', 'co-identifier', 'text']);

/** Every stored relation that may hold a Subject of this kind. */
export function judgedTables(
  { columns }: Pick<PortalCatalog, 'columns'>,
  mapping: PortalMapping | undefined,
  kind: SubjectKind,
): JudgedTable[] {
  const accounts = accountColumns(mapping?.accounts ?? []);
  const harmless = accountColumns(mapping?.harmless ?? []);
  const haveNumbers = mapping?.identity?.some(({ holds, logins }) => holds === kind && logins === 'number');
  return [...Map.groupBy(columns, ({ table }) => table)].flatMap(([name, stored]) => {
    const table = mapping?.tables.find((mapped) => mapped.table === name);
    const named = table?.names.filter(({ holds }) => holds === kind) ?? [];
    const beside = (column: string) =>
      table?.coIdentifiers.filter((each) => each.column === column).map((each) => each.beside) ?? [];
    const isCleared = (column: string) => beside(column).some((each) => named.some((one) => one.column === each));
    const isNamed = (column: string) => named.some((each) => each.column === column);
    const domains = new Set(named.map(({ domain }) => domain));
    const isMeant = ({ column }: CatalogColumn) => isCleared(column) || domains.has(column) || isNamed(column);
    const isNumber = (each: CatalogColumn) => haveNumbers === true && each.numeric && !isMeant(each);
    const read = stored.filter((each) => bearsText(each) || isMeant(each) || isNumber(each));
    if (read.length === 0) return [];
    const at = (column: string | undefined) => read.findIndex((each) => each.column === column);
    const otherNames = table?.names.filter(({ holds }) => holds !== kind) ?? [];
    const texts = table && [...table.freeText, ...table.json, ...table.arrays];
    const roleOf = (column: string): Role => {
      if (isNamed(column)) return 'name';
      if (isCleared(column)) return 'co-identifier';
      if (otherNames.some((each) => each.column === column)) return 'other name';
      if (texts?.includes(column)) return 'text';
      if (beside(column).length > 0) return 'co-identifier';
      if (accounts.has(`${name}.${column}`)) return 'account';
      return harmless.has(`${name}.${column}`) ? 'harmless' : 'unlisted';
    };
    const judgedAs = (column: CatalogColumn): JudgedColumn => {
      const place = `${name}.${column.column}`;
      const role = isNumber(column) ? 'unlisted number' : column.generated ? 'text' : roleOf(column.column);
      const domain = named.find((each) => each.column === column.column)?.domain;
      return {
        column: column.column,
        place,
        role,
        form: role === 'name' && column.form === 'none' ? 'number' : isNumber(column) ? 'json' : formOf(column),
        cast: column.cast,
        limit: column.limit ?? undefined,
        required: isRequired(column, table),
        token: table?.tokens?.[column.column],
        writable: table !== undefined && !column.generated && CHANGING.has(role),
        beside: isCleared(column.column)
          ? beside(column.column)
              .map(at)
              .filter((each) => each >= 0)
          : [],
        domain: domain === undefined ? undefined : at(domain),
      };
    };
    const others = stored.filter((column) => !read.includes(column)).map(judgedAs);
    const isOurs = name === mapping?.ledger || (mapping?.derived.includes(name) ?? false);
    const { from, parent, kind: relation } = stored[0]!;
    const isStored = relation === 'table';
    const columns = read.map(judgedAs);
    return [{ name, from, parent, isMapped: table !== undefined, isOurs, isStored, columns, others }];
  });
}

/** The token for all columns without a form of their own: the shortest limits its length. */
export function sharedToken(tables: readonly JudgedTable[], token: string): string {
  const written = tables.flatMap(({ columns }) => columns.filter((one) => one.writable && one.token === undefined));
  const whole = written.filter(({ role, required }) => role === 'name' || (role === 'co-identifier' && required));
  return fittingToken(token, Math.min(...whole.map(({ limit = Infinity }) => limit)));
}

/** How PostgreSQL writes values of this type. */
function formOf({ form, cast }: CatalogColumn): CellForm | 'none' {
  if (form === 'none' || form === 'text' || form === 'json' || form === 'lexemes') return form;
  return /(^|\.)hstore$/.test(cast) ? 'pairs' : 'literal';
}

export const NUMBER = /^(smallint|integer|bigint|numeric|real|double precision)$/;

type ColumnAt = readonly [alias: string, table: string, column: string];

/** The type of a column, or nothing of one that is not stored. */
export function castOf(tables: readonly JudgedTable[], table: string, column: string): string {
  const { columns = [], others = [] } = tables.find(({ name }) => name === table) ?? {};
  return [...columns, ...others].find((each) => each.column === column)?.cast ?? '';
}

/** SQL that compares two columns. A number equals a text by value, whose cast to a number could fail: `00311` and `311.0` are 311. */
export function equal(tables: readonly JudgedTable[], ...sides: readonly ColumnAt[]): string {
  const casts = sides.map(([, table, column]) => castOf(tables, table, column));
  const numbers = casts.filter((cast) => NUMBER.test(cast)).length;
  const cells = sides.map(([alias, , column]) => `${alias}.${escapeIdentifier(column)}`);
  if (numbers === 2 || casts[0] === casts[1]) return cells.join(' = ');
  const text = numbers === 1 ? (cell: string) => `regexp_replace(${cell}, '^0*([0-9]+)(\\.0+)?$', '\\1')` : String;
  return cells.map((cell) => text(`${cell}::text`)).join(' = ');
}
