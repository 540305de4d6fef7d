import * as z from 'zod';
import type { ReadonlyDeep } from '../../common/shapes.ts';
import { SubjectKind } from '../../requests/subject.ts';
import { isDrawable, isDrawn } from '../names/tokens.ts';

const ColumnName = z.string().min(1).max(63);
/** A part with a dot or a quote in it is quoted, as in SQL; other quotes are left out, so that one table has one name. */
const TableName = z
  .string()
  .regex(/^(?:(?:^|\.)(?:"(?:[^"]|"")+"|[^."]+)){2}$/, 'write it as schema.table, with "quotes" around dots')
  .overwrite((table) => table.replaceAll(/(?<!")"([^."]+)"(?!")/g, '$1'));

/** A column whose whole value is the name of one user or one device, in any form; `domain`: the column with its domain. */
const NameColumn = z.strictObject({
  column: ColumnName,
  holds: SubjectKind,
  domain: ColumnName.exactOptional(),
  /** Of mappings made before: every form is recognized by itself. */
  spelling: z.string().exactOptional(),
});

/** The approved mapping of one table of the Portal. Columns that are not listed are never changed. */
const MappedTable = z
  .strictObject({
    table: TableName,
    key: z.array(ColumnName).min(1),
    names: z.array(NameColumn).default([]),
    /** Columns that identify a person without the name: cleared in rows whose column `beside` holds the Subject. */
    coIdentifiers: z.array(z.strictObject({ column: ColumnName, beside: ColumnName })).default([]),
    freeText: z.array(ColumnName).default([]),
    /** `json` or `jsonb`; names in values and keys alike. */
    json: z.array(ColumnName).default([]),
    arrays: z.array(ColumnName).default([]),
    /** Form of the token in columns that take no other, such as `LT-[0-9]{6}`, or a text that stays. */
    tokens: z
      .record(ColumnName, z.string().min(1).max(200).refine(isDrawable, 'has no letters in [ ]'))
      .exactOptional(),
  })
  .refine(
    ({ names, coIdentifiers }) => coIdentifiers.every(({ beside }) => names.some(({ column }) => column === beside)),
    { error: 'beside must be one of names', path: ['coIdentifiers'] },
  )
  .refine(({ names, tokens = {} }) => names.every(({ column }) => !tokens[column] || isDrawn(tokens[column])), {
    error: 'the name of one person needs a part to draw, such as [a-z]{8}',
    path: ['tokens'],
  });
export type MappedTable = ReadonlyDeep<z.infer<typeof MappedTable>>;

/** Characters; with `portal/` and `.csv`, the maximum of a name in a tar header. */
export const MAX_FILE = 89;

/** One CSV file of the archive: the rows of `from` that hold the Subject, with columns of the joined tables. */
const RetrievedFile = z
  .strictObject({
    file: z
      .string()
      .regex(/^[a-z0-9_]+$/)
      .max(MAX_FILE),
    from: TableName,
    /** Tables joined by equal columns, `[theirs, from's]`, as a left join. */
    joins: z
      .array(z.strictObject({ table: TableName, on: z.array(z.tuple([ColumnName, ColumnName])).min(1) }))
      .default([]),
    /** `header` of the CSV column; `table` one of `joins`, else `from`. */
    columns: z
      .array(z.strictObject({ header: z.string().min(1), column: ColumnName, table: TableName.optional() }))
      .min(1),
  })
  .refine(
    ({ joins, columns }) =>
      columns.every((column) => !column.table || joins.some((join) => join.table === column.table)),
    { error: 'table must be one of joins', path: ['columns'] },
  );
export type RetrievedFile = ReadonlyDeep<z.infer<typeof RetrievedFile>>;

const IdentityColumn = z.enum(['name', 'domain', 'account', 'upn', 'mail', 'sid', 'serial', 'fullName', 'department']);
export type IdentityColumn = z.infer<typeof IdentityColumn>;
/** Columns that identify a person. `name` is the login without its domain, `account` the one with it. */
const IdentityColumns = z.partialRecord(IdentityColumn, ColumnName);

/** Where users or devices are kept, one row each, and what identifies them (R9). */
const Identity = z.strictObject({
  holds: SubjectKind,
  table: TableName,
  key: ColumnName,
  columns: IdentityColumns,
  /** Logins are numbers, in columns of numbers and in JSON, too. */
  logins: z.literal('number').exactOptional(),
  /** Further tables, reached step by step by equal columns `[theirs, of the table before]`. */
  via: z
    .array(
      z.strictObject({
        steps: z.array(z.strictObject({ table: TableName, on: z.tuple([ColumnName, ColumnName]) })).min(1),
        columns: IdentityColumns,
      }),
    )
    .default([]),
  /** Columns elsewhere that hold `key`. */
  links: z.array(z.strictObject({ table: TableName, column: ColumnName })).default([]),
});
export type Identity = ReadonlyDeep<z.infer<typeof Identity>>;

const ColumnsOfTable = z.strictObject({ table: TableName, columns: z.array(ColumnName).min(1) });
type ColumnsOfTable = ReadonlyDeep<z.infer<typeof ColumnsOfTable>>;

/** The approved mapping of a Portal database (docs/portal-mapping.md). Without it, the Portal functions are off. */
export const PortalMapping = z
  .strictObject({
    /** Fingerprint of the approved schema, from `fingerprintOf` (modules/portal/mapping/catalog.ts). */
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'copy it from `gdpr portal check`')
      .optional(),
    tables: z.array(MappedTable).min(1),
    /** `[]`: a name is all that is known of a person. */
    identity: z.array(Identity).exactOptional(),
    /** Columns with text that a person has checked: they name nobody, and are never changed. */
    harmless: z.array(ColumnsOfTable).default([]),
    /** Columns of the Portal's own login accounts: if one names the Subject, it is reported, never changed (R15). */
    accounts: z.array(ColumnsOfTable).default([]),
    /** Materialized views made from names, in the order in which they are refreshed. */
    derived: z.array(TableName).default([]),
    /** One row per anonymization run, without names. */
    ledger: TableName,
    files: z.array(RetrievedFile),
    /** Questions that discovery leaves to a person, who answers one by an edit and takes it out. Until then nothing is read. */
    decisions: z
      .array(
        z.strictObject({
          question: z.string(),
          proposed: z.string(),
          evidence: z.string(),
          columns: z.array(z.string()),
        }),
      )
      .exactOptional(),
  })
  .refine(({ tables, files }) => files.every(({ from }) => tables.some(({ table }) => table === from)), {
    error: 'from must be one of tables',
    path: ['files'],
  })
  .refine(({ files }) => new Set(files.map(({ file }) => file)).size === files.length, {
    error: 'no two may have the same file',
    path: ['files'],
  });
export type PortalMapping = ReadonlyDeep<z.infer<typeof PortalMapping>>;

export const mappedColumns = ({ names, coIdentifiers, freeText, json, arrays }: MappedTable): string[] => [
  ...new Set([...[...names, ...coIdentifiers].map(({ column }) => column), ...freeText, ...json, ...arrays]),
];

/** `schema.table.column` of every column of a login account. */
export const accountColumns = (accounts: readonly ColumnsOfTable[]): Set<string> =>
  new Set(accounts.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`)));
