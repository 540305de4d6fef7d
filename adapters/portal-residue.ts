import { escapeIdentifier } from 'pg';
import type { Subject } from '../core/model.ts';
import type { PortalTransaction } from './portal-connection.ts';
import { SubjectConditions } from './portal-sql.ts';

/** A column that may carry text. `form` tells how it is searched. */
interface TextColumn {
  readonly relation: string;
  readonly column: string;
  readonly form: 'text' | 'json' | 'bytes';
}

/**
 * Every column of every table, materialized view and foreign table whose type is not known to be free of text: an
 * unknown type is searched, not skipped. Partitions are searched through their parent.
 */
const INVENTORY = `
  SELECT format('%I.%I', n.nspname, c.relname), a.attname,
    CASE WHEN t.typcategory IN ('S', 'E') THEN 'text' WHEN t.typname = 'bytea' THEN 'bytes' ELSE 'json' END,
    c.relkind = 'r'
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_type element ON element.oid = t.typelem AND t.typcategory = 'A'
  WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND coalesce(element.typcategory, t.typcategory) NOT IN ('N', 'B', 'D', 'T', 'G', 'I', 'V')
    AND t.typname <> 'uuid'
  ORDER BY 1, a.attnum`;

/** Counts the cells that still hold the name, in all columns, mapped or not. */
export async function countResidueInside(transaction: PortalTransaction, subject: Subject): Promise<number> {
  const { rows } = await transaction.query(INVENTORY);
  const byRelation = Map.groupBy(
    rows.map(([relation, column, form, plain]) => ({
      relation: plain ? `ONLY ${relation}` : relation!,
      column: column!,
      form: form as TextColumn['form'],
    })),
    ({ relation }) => relation,
  );
  let cells = 0;
  for (const [relation, columns] of byRelation) cells += await countIn(transaction, relation, columns, subject);
  return cells;
}

async function countIn(
  transaction: PortalTransaction,
  relation: string,
  columns: readonly TextColumn[],
  subject: Subject,
): Promise<number> {
  const conditions = new SubjectConditions(subject);
  const holds = columns.map((column) => `(CASE WHEN ${condition(conditions, column)} THEN 1 ELSE 0 END)`);
  const { rows } = await transaction.query(
    `SELECT coalesce(sum(${holds.join(' + ')}), 0)::text FROM ${relation} t`,
    conditions.values,
  );
  return Number(rows[0]![0]);
}

function condition(conditions: SubjectConditions, { column, form }: TextColumn): string {
  const at = `t.${escapeIdentifier(column)}`;
  if (form === 'text') return conditions.inText(`${at}::text`);
  if (form === 'json') return conditions.inJson(`to_jsonb(${at})`);
  return conditions.inBytes(at);
}
