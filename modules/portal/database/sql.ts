import { escapeIdentifier } from 'pg';

const PART = /"(?:[^"]|"")+"|[^."]+/g;

/** Schema and table of a mapping's `schema.table`, each perhaps quoted. */
export const partsOf = (table: string): readonly string[] => table.match(PART) ?? [];

/** `"schema"."table"` of a mapping's `schema.table`. */
export const qualified = (table: string): string =>
  partsOf(table)
    .map((part) => escapeIdentifier(part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part))
    .join('.');

/** `schema.table` as a mapping writes it: a part is quoted when it has a dot or a quote in it. Both are expressions of SQL. */
export const tableName = (schema: string, table: string): string =>
  [schema, table]
    .map((part) => `CASE WHEN ${part} ~ '[."]' THEN quote_ident(${part}) ELSE ${part} END`)
    .join(" || '.' || ");
