import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { CatalogColumn, PortalCatalog } from './catalog.ts';
import { mappingProblems, refuseUnfit } from './check-mapping.ts';
import type { PortalMapping } from './mapping.ts';

export const TRANSACTION = { statementSeconds: 60, lockSeconds: 10 };

/**
 * Every column of every stored relation. The query follows a type through domains, arrays and ranges to its `leaf`.
 * Only PostgreSQL's own types count as free of text.
 */
const COLUMNS = `
  WITH RECURSIVE step (oid, type, within) AS (
    SELECT oid, oid, '' FROM pg_type
    UNION ALL
    SELECT step.oid,
      CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN r.rngtypid IS NOT NULL THEN r.rngsubtype ELSE t.typelem END,
      step.within || CASE WHEN t.typtype = 'd' THEN '' WHEN r.rngtypid IS NOT NULL THEN 'r' ELSE 'a' END
    FROM step JOIN pg_type t ON t.oid = step.type
    LEFT JOIN pg_range r ON t.oid IN (r.rngtypid, r.rngmultitypid)
    WHERE t.typtype IN ('d', 'r', 'm') OR (t.typcategory = 'A' AND t.typelem <> 0)
  ), leaf AS (
    SELECT step.oid, step.within, t.typname, t.typcategory, t.typtype,
      t.typnamespace = 'pg_catalog'::regnamespace AS own
    FROM step JOIN pg_type t ON t.oid = step.type
    WHERE NOT (t.typtype IN ('d', 'r', 'm') OR (t.typcategory = 'A' AND t.typelem <> 0))
  )
  SELECT n.nspname || '.' || c.relname,
    CASE c.relkind WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
    a.attname, format_type(a.atttypid, a.atttypmod),
    CASE
      WHEN leaf.typtype = 'e' THEN 'none'
      WHEN leaf.own AND (leaf.typcategory IN ('N', 'B', 'D', 'T', 'G', 'I', 'V') OR leaf.typname = ANY
        ('{uuid,macaddr,macaddr8,pg_lsn,xid,xid8,cid,tid,txid_snapshot,pg_snapshot,char}')) THEN 'none'
      WHEN leaf.typcategory = 'S' THEN CASE leaf.within WHEN '' THEN 'text' WHEN 'a' THEN 'array' ELSE
        CASE WHEN leaf.within LIKE '%r%' THEN 'unknown' ELSE 'other' END END
      WHEN leaf.own AND leaf.typname IN ('json', 'jsonb') AND leaf.within = '' THEN 'json'
      WHEN leaf.typtype = 'c' OR leaf.typname = 'hstore' OR leaf.own AND
        leaf.typname = ANY ('{json,jsonb,bytea,xml,tsvector,tsquery,jsonpath}') THEN 'other'
      ELSE 'unknown'
    END,
    (NOT (a.attnotnull OR t.typnotnull))::text, (a.attgenerated <> '')::text, coalesce(a.attnum = ANY (i.indkey), false)::text,
    has_column_privilege(c.oid, a.attnum, 'SELECT')::text,
    CASE c.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || format('%I.%I', n.nspname, c.relname), format_type(a.atttypid, -1),
    CASE WHEN a.atttypmod > 4 AND t.typcategory = 'S' THEN (a.atttypmod - 4)::text END
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN leaf ON leaf.oid = t.oid
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
  ORDER BY 1, a.attnum`;

const TRIGGERS = `
  SELECT n.nspname || '.' || c.relname, t.tgname
  FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid AND NOT c.relispartition
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT t.tgisinternal
  ORDER BY 1, 2`;

const TEXT = `
  SELECT getdatabaseencoding(), coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale', datctype)
  FROM pg_database d WHERE datname = current_database()`;

/** Only for a database in UTF-8: another encoding may lack these letters. */
const LETTERS = `
  SELECT (lower('IÉЖ') = 'iéж' AND upper('iéж') = 'IÉЖ' AND 'é' ~ '^\\w$' AND 'Ж' ~* 'ж')::text`;

/** What the database stores, from its catalog: `information_schema` would hide what the role may not read. */
export async function readCatalog(transaction: PortalTransaction): Promise<PortalCatalog> {
  const { rows } = await transaction.query(COLUMNS);
  const columns = rows.map(
    ([table, kind, column, type, form, nullable, generated, key, readable, from, cast, limit]) => ({
      table: table!,
      kind: kind as CatalogColumn['kind'],
      column: column!,
      type: type!,
      form: form as CatalogColumn['form'],
      nullable: nullable === 'true',
      generated: generated === 'true',
      key: key === 'true',
      readable: readable === 'true',
      from: from!,
      cast: cast!,
      limit: limit ? Number(limit) : undefined,
    }),
  );
  const [encoding, locale] = (await transaction.query(TEXT)).rows[0]!;
  const knowsLetters = encoding === 'UTF8' && (await transaction.query(LETTERS)).rows[0]![0] === 'true';
  const triggers = (await transaction.query(TRIGGERS)).rows;
  return {
    encoding: encoding!,
    locale: locale!,
    knowsLetters,
    columns,
    triggers: triggers.map(([table, name]) => ({ table: table!, name: name! })),
  };
}

/**
 * Checks the live schema with one role, before anything is read or changed.
 * @throws {PortalMappingError} `mapping` was not approved for it
 */
export const refuseUnfitMapping = (source: PortalConnectionSource, mapping: PortalMapping): Promise<void> =>
  withTransaction(source, TRANSACTION, async (transaction) => refuseUnfit(mapping, await readCatalog(transaction)));

/** Why a mapping cannot be used on a database, in words; empty when it fits. */
export const checkMapping = (source: PortalConnectionSource, mapping: PortalMapping): Promise<string[]> =>
  withTransaction(source, TRANSACTION, async (transaction) => mappingProblems(mapping, await readCatalog(transaction)));
