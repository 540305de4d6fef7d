import { tableName } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { JudgedTable } from '../search/judged-tables.ts';

const WORD = (name: string) => `'"?' || regexp_replace(${name}, '(\\W)', '\\\\\\1', 'g') || '"?'`;

/** What the functions of triggers, and defaults, name; further triggers from there; the rights that this needs and the role lacks. */
const LACKING = `
  WITH RECURSIVE bodies (relation, body) AS (
    SELECT coalesce(pg_partition_root(tgrelid), tgrelid), prosrc FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
      WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND NOT prosecdef
    UNION ALL SELECT adrelid, pg_get_expr(adbin, adrelid) FROM pg_attrdef
  ), targets AS (
    SELECT c.oid, relkind, nspname, relname, relnamespace FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE c.oid >= 16384 AND relkind IN ('r', 'p', 'v', 'S')
  ), named AS MATERIALIZED ( -- without its schema only where that is the one of the trigger, or public
    SELECT relation, body, t.oid, t.relkind, nspname, pattern FROM bodies JOIN pg_class home ON home.oid = relation
    JOIN targets t ON strpos(lower(body), lower(t.relname)) > 0 CROSS JOIN LATERAL (SELECT '(' || ${WORD('nspname')} || '\\.)'
      || CASE WHEN nspname = 'public' OR t.relnamespace = home.relnamespace THEN '?' ELSE '' END || ${WORD('t.relname')} || '(?!\\w)'
    ) AS name (pattern) WHERE body ~* ('(^|[^\\w.])' || pattern)
  ), reached (reached) AS (
    SELECT oid FROM targets WHERE ${tableName('nspname', 'relname')} = ANY ($1::text[])
    UNION SELECT oid FROM reached JOIN named ON relation = reached
  ), needs AS (
    SELECT DISTINCT oid, relkind, nspname, privilege FROM reached JOIN named ON relation = reached CROSS JOIN LATERAL (
      VALUES ('USAGE', 'S', ''), ('SELECT', 'rpv', ''), ('UPDATE', 'rpv', '(insert\\s+into|update(\\s+only)?)\\s+'),
        ('INSERT', 'rpv', 'insert\\s+into\\s+'), ('DELETE', 'rpv', 'delete\\s+from\\s+')
    ) AS rights (privilege, kinds, verb)
    WHERE strpos(kinds, relkind::text) > 0 AND body ~* (verb || pattern)
  )
  SELECT format('GRANT USAGE ON SCHEMA %I TO %I', nspname, current_user) FROM needs
  WHERE NOT has_schema_privilege(nspname, 'USAGE') GROUP BY 1
  UNION ALL SELECT format('GRANT %s ON %s%s TO %I', string_agg(privilege, ', ' ORDER BY privilege DESC),
    CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END, oid::regclass, current_user)
  FROM needs WHERE CASE relkind WHEN 'S' THEN NOT has_sequence_privilege(oid, privilege) ELSE NOT has_table_privilege(oid, privilege) END
  GROUP BY oid, relkind`;

/** The GRANTs that the role lacks for triggers of some tables, all at once. What dynamic SQL names is not among them. */
export async function rightsLacking(
  transaction: PortalTransaction,
  tables: readonly Pick<JudgedTable, 'name' | 'isMapped'>[],
): Promise<string[]> {
  const mapped = tables.filter(({ isMapped }) => isMapped).map(({ name }) => name);
  return (await transaction.query(LACKING, [mapped])).rows.map(([grant]) => grant!);
}
