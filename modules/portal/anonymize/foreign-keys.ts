import type { PortalTransaction } from '../database/transaction.ts';
import type { PortalMapping } from '../mapping/mapping.ts';

/** Foreign keys with the columns of both tables. Those of partitions follow from their parents'. */
const FOREIGN_KEYS = `
  SELECT n.nspname || '.' || c.relname, r.nspname || '.' || f.relname,
    (SELECT json_agg(attname)::text FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = ANY (k.conkey)),
    (SELECT json_agg(attname)::text FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = ANY (k.confkey))
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace r ON r.oid = f.relnamespace
  WHERE k.contype = 'f' AND k.conparentid = 0`;

/** Mapped tables that refer to each other by a changing column: they must change together. */
export async function linkedTables(transaction: PortalTransaction, mapping: PortalMapping): Promise<Set<string>> {
  const changing = new Map(
    mapping.tables.map(({ table, names, freeText }) => [
      table,
      new Set([...names.map(({ column }) => column), ...freeText]),
    ]),
  );
  const changes = (table: string, columns: string) =>
    (JSON.parse(columns) as string[]).some((column) => changing.get(table)?.has(column));
  const { rows } = await transaction.query(FOREIGN_KEYS);
  const linked = rows.filter(([from, to, ours, theirs]) => changes(from!, ours!) && changes(to!, theirs!));
  return new Set(linked.flatMap(([from, to]) => [from!, to!]));
}
