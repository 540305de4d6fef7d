import { tableName } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { ForeignKey, PortalCatalog } from './catalog.ts';

export const TRANSACTION = { statementSeconds: 60, lockSeconds: 10 };

/** Every column of every stored relation. A type is followed through domains, arrays and ranges to its `leaf`; `mod`: a domain's length. */
const COLUMNS = `
  WITH RECURSIVE step (oid, type, mod, within) AS (
    SELECT oid, oid, -1, '' FROM pg_type
    UNION ALL
    SELECT step.oid,
      CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN r.rngtypid IS NOT NULL THEN r.rngsubtype ELSE t.typelem END,
      CASE WHEN step.mod = -1 THEN t.typtypmod ELSE step.mod END,
      step.within || CASE WHEN t.typtype = 'd' THEN '' WHEN r.rngtypid IS NOT NULL THEN 'r' ELSE 'a' END
    FROM step JOIN pg_type t ON t.oid = step.type
    LEFT JOIN pg_range r ON t.oid IN (r.rngtypid, r.rngmultitypid)
    WHERE t.typtype IN ('d', 'r', 'm') OR (t.typcategory = 'A' AND t.typelem <> 0)
  ), leaf AS (
    SELECT step.oid, step.type, step.mod, step.within, t.typname, t.typcategory, t.typtype,
      t.typnamespace = 'pg_catalog'::regnamespace AS own
    FROM step JOIN pg_type t ON t.oid = step.type
    WHERE NOT (t.typtype IN ('d', 'r', 'm') OR (t.typcategory = 'A' AND t.typelem <> 0))
  )
  SELECT ${tableName('n.nspname', 'c.relname')} AS table,
    CASE c.relkind WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
    a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
    CASE
      WHEN leaf.typtype = 'e' THEN 'none'
      WHEN leaf.own AND (leaf.typcategory IN ('N', 'B', 'D', 'T', 'G', 'I', 'V') OR leaf.typname = ANY
        ('{uuid,macaddr,macaddr8,pg_lsn,xid,xid8,cid,tid,txid_snapshot,pg_snapshot,char}')) THEN 'none'
      WHEN leaf.typcategory = 'S' THEN CASE leaf.within WHEN '' THEN 'text' WHEN 'a' THEN 'array' ELSE
        CASE WHEN leaf.within LIKE '%r%' THEN 'unknown' ELSE 'other' END END
      WHEN leaf.own AND leaf.typname IN ('json', 'jsonb') AND leaf.within = '' THEN 'json'
      WHEN leaf.own AND leaf.typname IN ('tsvector', 'tsquery') THEN 'lexemes'
      WHEN leaf.typtype = 'c' OR leaf.typname = 'hstore' OR leaf.own AND
        leaf.typname = ANY ('{json,jsonb,bytea,xml,jsonpath}') THEN 'other'
      ELSE 'unknown'
    END AS form, coalesce(leaf.own AND leaf.typcategory = 'N', false) AS numeric,
    NOT (a.attnotnull OR t.typnotnull) AS nullable, a.attgenerated <> '' AS generated,
    coalesce(a.attnum = ANY (i.indkey), false) AS key,
    CASE
      WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, current_user)
      WHEN NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
        THEN format('GRANT SELECT ON %I.%I TO %I', n.nspname, c.relname, current_user)
      WHEN row_security_active(c.oid) THEN format('ALTER ROLE %I BYPASSRLS', current_user)
      WHEN c.relrowsecurity THEN (SELECT format('ALTER ROLE %I BYPASSRLS', rolname) FROM pg_roles
        WHERE rolname = 'gdpr_verify' AND NOT (rolbypassrls OR rolsuper))
    END AS missing,
    CASE c.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || format('%I.%I', n.nspname, c.relname) AS from,
    format_type(CASE WHEN leaf.within = '' THEN leaf.type ELSE a.atttypid END, -1) AS cast,
    CASE WHEN greatest(a.atttypmod, leaf.mod) > 4 AND t.typcategory = 'S' THEN greatest(a.atttypmod, leaf.mod) - 4 END AS limit,
    EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = c.oid AND a.attnum = ANY (confkey)) AS referenced,
    (SELECT ${tableName('o.nspname', 'p.relname')} FROM pg_inherits JOIN pg_class p ON p.oid = inhparent
      JOIN pg_namespace o ON o.oid = p.relnamespace WHERE inhrelid = c.oid LIMIT 1) AS parent
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN leaf ON leaf.oid = t.oid
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
  ORDER BY 1, a.attnum`;

const TRIGGERS = `
  SELECT ${tableName('n.nspname', 'c.relname')} AS table, found.name
  FROM (
    SELECT coalesce(pg_partition_root(tgrelid), tgrelid), 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
    UNION SELECT ev_class, 'rule ' || rulename FROM pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384
  ) AS found (relation, name)
  JOIN pg_class c ON c.oid = found.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  ORDER BY 1, 2`;

/** Those of partitions follow from their parents'. */
const FOREIGN_KEYS = `
  SELECT ${tableName('n.nspname', 'c.relname')}, a.attname, ${tableName('r.nspname', 'f.relname')}, b.attname
  FROM pg_constraint CROSS JOIN unnest(conkey, confkey) AS pair (ours, theirs)
  JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class f ON f.oid = confrelid JOIN pg_namespace r ON r.oid = f.relnamespace
  JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = ours
  JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = theirs
  WHERE contype = 'f' AND conparentid = 0`;

const TEXT = `
  SELECT getdatabaseencoding(), coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale', datctype)
  FROM pg_database d WHERE datname = current_database()`;

/** Only for a database in UTF-8: another encoding may lack these letters. */
const LETTERS = `
  SELECT (lower('IÉЖ') = 'iéж' AND upper('iéж') = 'IÉЖ' AND 'é' ~ '^\\w$' AND 'Ж' ~* 'ж')::text`;

const list = async (transaction: PortalTransaction, select: string) =>
  (await transaction.query(`SELECT to_json(found)::text FROM (${select}) AS found`)).rows.map(([row]) =>
    JSON.parse(row!),
  );

/** What the database stores, from its catalog: `information_schema` would hide what the role may not read. */
export async function readCatalog(transaction: PortalTransaction): Promise<PortalCatalog> {
  const [encoding, locale] = (await transaction.query(TEXT)).rows[0]!;
  const knowsLetters = encoding === 'UTF8' && (await transaction.query(LETTERS)).rows[0]![0] === 'true';
  return {
    encoding: encoding!,
    locale: locale!,
    knowsLetters,
    columns: await list(transaction, COLUMNS),
    triggers: await list(transaction, TRIGGERS),
    foreignKeys: (await transaction.query(FOREIGN_KEYS)).rows as unknown as ForeignKey[],
  };
}
