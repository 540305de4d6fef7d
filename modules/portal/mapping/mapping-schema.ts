import * as z from 'zod';

const Column = z.string().min(1).max(63);
const Table = z.string().regex(/^[^.]+\.[^.]+$/, 'write it as schema.table');

const MappedTable = z
  .strictObject({
    table: Table,
    key: z.array(Column).min(1),
    names: z
      .array(
        z.strictObject({
          column: Column,
          holds: z.enum(['user', 'device']),
          spelling: z.enum(['bare', 'domain-backslash', 'upn', 'fqdn']),
        }),
      )
      .default([]),
    coIdentifiers: z.array(z.strictObject({ column: Column, beside: Column })).default([]),
    freeText: z.array(Column).default([]),
    json: z.array(Column).default([]),
    arrays: z.array(Column).default([]),
  })
  .refine(
    ({ names, coIdentifiers }) => coIdentifiers.every(({ beside }) => names.some(({ column }) => column === beside)),
    { error: 'beside must be one of names', path: ['coIdentifiers'] },
  );

/** With `portal/` and `.csv` as long as a name in a tar header may be, characters. */
const MAX_FILE = 89;

const RetrievedFile = z
  .strictObject({
    file: z
      .string()
      .regex(/^[a-z0-9_]+$/)
      .max(MAX_FILE),
    from: Table,
    joins: z.array(z.strictObject({ table: Table, on: z.array(z.tuple([Column, Column])).min(1) })).default([]),
    columns: z.array(z.strictObject({ header: z.string().min(1), column: Column, table: Table.optional() })).min(1),
  })
  .refine(
    ({ joins, columns }) =>
      columns.every((column) => !column.table || joins.some((join) => join.table === column.table)),
    {
      error: 'table must be one of joins',
      path: ['columns'],
    },
  );

/** The document behind `PortalMapping` of modules/portal/mapping/mapping.ts: what a human approved about the Portal database (docs/portal-mapping.md). */
export const PortalMapping = z
  .strictObject({
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'copy it from `gdpr portal check`')
      .optional(),
    tables: z.array(MappedTable).min(1),
    harmless: z.array(z.strictObject({ table: Table, columns: z.array(Column).min(1) })).default([]),
    accounts: z.array(z.strictObject({ table: Table, columns: z.array(Column).min(1) })).default([]),
    derived: z.array(Table).default([]),
    ledger: Table,
    files: z.array(RetrievedFile),
  })
  .refine(({ tables, files }) => files.every(({ from }) => tables.some(({ table }) => table === from)), {
    error: 'from must be one of tables',
    path: ['files'],
  })
  .refine(({ files }) => new Set(files.map(({ file }) => file)).size === files.length, {
    error: 'no two may have the same file',
    path: ['files'],
  });
export type PortalMapping = z.infer<typeof PortalMapping>;
