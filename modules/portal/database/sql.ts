import { escapeIdentifier } from 'pg';

/** `"schema"."table"` of a mapping's `schema.table`. */
export const qualified = (table: string): string => table.split('.').map(escapeIdentifier).join('.');
