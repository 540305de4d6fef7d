import { escapeIdentifier } from 'pg';
import { countInJson, jsonEscaped, nameMatcher, spellingsOf } from '../core/anonymization.ts';
import type { PortalVerifier } from '../core/ports.ts';
import { openTransaction, type PortalConnectionSource } from './portal-connection.ts';

const BATCH_ROWS = 500;
const TRANSACTION = {
  begin: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  statementSeconds: 600,
  lockSeconds: 10,
} as const;

/**
 * The relations that store rows (tables, partitions, materialized views, foreign tables), each with all its columns
 * except those of types that hold numbers, times, truth values, shapes or addresses.
 */
const STORED = `
  WITH RECURSIVE base (oid, type) AS (
    SELECT oid, oid FROM pg_type
    UNION ALL
    SELECT base.oid, coalesce(nullif(t.typbasetype, 0), nullif(t.typelem, 0))
    FROM base JOIN pg_type t ON t.oid = base.type
    WHERE (t.typtype = 'd' AND t.typbasetype <> 0) OR (t.typlen = -1 AND t.typelem <> 0 AND t.typcategory = 'A')
  )
  SELECT a.attrelid::regclass::text, a.attname, bool_or(t.typname = 'bytea')::text
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = ANY ('{r,m,f}')
  JOIN base ON base.oid = a.atttypid
  JOIN pg_type t ON t.oid = base.type
  WHERE a.attnum >= 1 AND a.atttypid <> 0 AND c.oid >= 16384 AND c.relpersistence <> 't'
    AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
  GROUP BY a.attrelid, a.attname, a.attnum
  HAVING NOT bool_or(t.typcategory IN ('N', 'B', 'D', 'T', 'G', 'I', 'V') OR t.typname = 'uuid')
  ORDER BY a.attrelid, a.attnum`;

/**
 * Looks for a name in all that the database stores, through a role and a session of its own and by another way than
 * the change: whole rows as JSON, searched here. It counts occurrences of each spelling as a word of its own; 0 is what
 * a finished anonymization leaves.
 */
export const portalVerifier = (source: PortalConnectionSource): PortalVerifier => ({
  async countResidue(subject, signal) {
    const matcher = nameMatcher(subject);
    const needles = spellingsOf(subject.name).map(jsonEscaped);
    const transaction = await openTransaction(source, TRANSACTION, signal);
    try {
      const { rows } = await transaction.query(STORED);
      let found = 0;
      for (const [relation, columns] of Map.groupBy(rows, ([name]) => name!)) {
        for await (const batch of transaction.batches(selectNear(relation, columns), [needles], BATCH_ROWS)) {
          for (const [row] of batch) found += countInJson(JSON.parse(row!), matcher);
        }
      }
      return found;
    } finally {
      await transaction.close();
    }
  },
});

/** Rows of a relation whose text holds a needle, as a JSON array of their cells; bytes are shown as text. */
function selectNear(relation: string, columns: readonly (readonly (string | null)[])[]): string {
  const cells = columns.map(([, column, bytes]) => {
    const cell = escapeIdentifier(column!);
    return bytes === 'true' ? `encode(${cell}, 'escape')` : cell;
  });
  const arrays = cells.map((cell) => `jsonb_build_array(${cell})`);
  return `
    SELECT row::text FROM (SELECT ${arrays.join(' || ')} AS row FROM ONLY ${relation}) AS stored
    WHERE EXISTS (SELECT FROM unnest($1::text[]) AS needle WHERE strpos(lower(row::text), lower(needle)) > 0)`;
}
