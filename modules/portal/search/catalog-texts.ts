import { tableName } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { PersonJudge } from '../names/person-judge.ts';
import { needlesOf } from './near.ts';

/** The name of an object of the catalog, as SQL. @param part its column, if any */
const described = (catalog: string, id = 'oid', part = '0'): string =>
  `pg_describe_object('${catalog}'::regclass, ${id}, ${part})`;

/** Texts of the catalog, each with its place. No UPDATE can change them. */
const TEXTS = `
  SELECT place, text FROM (
    SELECT 'comment on ' || pg_describe_object(classoid, objoid, objsubid), description FROM pg_description
      WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass -- not those of PostgreSQL itself
    UNION ALL SELECT 'comment on ' || pg_describe_object(classoid, objoid, 0), description FROM pg_shdescription
    UNION ALL SELECT 'text of ' || ${described('pg_class')}, pg_get_viewdef(oid)
      FROM pg_class WHERE relkind IN ('v', 'm') AND oid >= 16384
    UNION ALL SELECT 'body of ' || ${described('pg_proc')}, concat(prosrc, pg_get_function_sqlbody(oid))
      FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'bound of ' || ${described('pg_class')}, pg_get_expr(relpartbound, oid)
      FROM pg_class WHERE relpartbound IS NOT NULL
    UNION ALL SELECT 'default of ' || ${described('pg_class', 'adrelid', 'adnum')}, pg_get_expr(adbin, adrelid)
      FROM pg_attrdef
    UNION ALL SELECT ${described('pg_constraint')}, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT 'name of ' || ${described('pg_constraint')}, conname
      FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT 'definition of ' || ${described('pg_class', 'indexrelid')}, pg_get_indexdef(indexrelid)
      FROM pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT 'definition of ' || ${described('pg_trigger')}, pg_get_triggerdef(oid)
      FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'rule of ' || ${described('pg_class', 'ev_class')}, pg_get_ruledef(oid)
      FROM pg_rewrite WHERE oid >= 16384 AND rulename <> '_RETURN'
    UNION ALL SELECT 'policy of ' || ${described('pg_class', 'polrelid')},
      concat_ws(' ', polname, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
    UNION ALL SELECT 'default of ' || format_type(oid, NULL), typdefault FROM pg_type WHERE typtype = 'd'
    UNION ALL SELECT 'name of ' || ${described('pg_publication')}, pubname FROM pg_publication
    UNION ALL SELECT 'filter of ' || ${described('pg_publication_rel')}, pg_get_expr(prqual, prrelid)
      FROM pg_publication_rel
    UNION ALL SELECT 'definition of ' || ${described('pg_statistic_ext')},
      concat_ws(' ', stxname, pg_get_statisticsobjdef(oid)) FROM pg_statistic_ext
    UNION ALL SELECT 'name of ' || ${described('pg_collation')}, collname
      FROM pg_collation WHERE oid >= 16384
    UNION ALL SELECT 'settings of a login role or database', array_to_string(setconfig, ' ') FROM pg_db_role_setting
    UNION ALL SELECT 'options of ' || ${described('pg_foreign_data_wrapper')},
      concat_ws(' ', fdwname, array_to_string(fdwoptions, ' ')) FROM pg_foreign_data_wrapper
    UNION ALL SELECT 'options of ' || ${described('pg_foreign_server')},
      concat_ws(' ', srvname, array_to_string(srvoptions, ' ')) FROM pg_foreign_server
    UNION ALL SELECT 'options of ' || ${described('pg_class', 'ftrelid')}, array_to_string(ftoptions, ' ')
      FROM pg_foreign_table
    UNION ALL SELECT 'options of ' || ${described('pg_class', 'attrelid', 'attnum')},
      array_to_string(attfdwoptions, ' ') FROM pg_attribute WHERE attfdwoptions IS NOT NULL
    UNION ALL SELECT 'label of ' || format_type(enumtypid, NULL), enumlabel FROM pg_enum
    UNION ALL SELECT 'name of ' || ${described('pg_class')}, relname
      FROM pg_class WHERE oid >= 16384 AND relkind <> 't'
    UNION ALL SELECT 'name of ' || ${described('pg_class', 'attrelid', 'attnum')}, attname
      FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT 'name of ' || ${described('pg_proc')}, proname FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'name of ' || ${described('pg_type')}, typname FROM pg_type
      WHERE oid >= 16384 AND typtype <> 'c' AND typcategory <> 'A'
    UNION ALL SELECT 'name of ' || ${described('pg_namespace')}, nspname FROM pg_namespace
      WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'name of a login role', rolname FROM pg_roles WHERE rolname !~ '^pg_'
    UNION ALL SELECT 'name of a database', datname FROM pg_database
  ) AS texts (place, text)
  WHERE text IS NOT NULL`;

/** Places with the name that an anonymization keeps: what no UPDATE reaches, and statistics. */
export const keptPlaces = async (transaction: PortalTransaction, judge: PersonJudge): Promise<string[]> => [
  ...(await placesOutOfReach(transaction, judge)),
  ...(await staleStatistics(transaction, judge)),
];

/**
 * Places with the name that no UPDATE can reach, without the name: comments, definitions, partition bounds, labels of
 * enumerations, settings, options, names of objects (`_` separates words there), large objects.
 */
export async function placesOutOfReach(transaction: PortalTransaction, judge: PersonJudge): Promise<string[]> {
  const { rows } = await transaction.query(TEXTS);
  const found = rows.filter(([, text]) => judge.shows(text!)).map(([place]) => judge.withoutName(place!));
  return [...new Set([...found, ...(await largeObjects(transaction, judge))])].sort();
}

const STATISTICS = `
  SELECT (SELECT ${tableName('n.nspname', 'c.relname')} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = coalesce(pg_partition_root(part.oid), part.oid)), attname,
    concat_ws(' ', most_common_vals::text, histogram_bounds::text, most_common_elems::text)
  FROM pg_stats s
  JOIN pg_class part ON part.relname = s.tablename AND part.relnamespace::regnamespace::text = quote_ident(s.schemaname)
  WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema'`;

/** Tables and columns whose planner statistics hold the person's words. ANALYZE clears them when the table no longer does. */
async function staleStatistics(transaction: PortalTransaction, judge: PersonJudge): Promise<string[]> {
  const places = new Set<string>();
  for await (const rows of transaction.stream(STATISTICS, [], 100)) {
    for (const [table, column, samples] of rows) {
      if (judge.shows(samples!, false)) places.add(judge.withoutName(`statistics of ${table}.${column}`));
    }
  }
  return [...places].sort();
}

/** A large object is read in pieces. They overlap, so that a cut cannot hide a name. */
const PIECE_BYTES = 1_048_576;
const OVERLAP_BYTES = 4096;

/** All large objects, and whether this role may read each of them. */
const OBJECTS = `
  SELECT oid::text, (pg_has_role(lomowner, 'USAGE') OR EXISTS (
    SELECT FROM aclexplode(lomacl) AS granted WHERE privilege_type = 'SELECT'
      AND CASE WHEN grantee = 0 THEN true ELSE pg_has_role(grantee, 'USAGE') END))::text
  FROM pg_largeobject_metadata ORDER BY oid`;

const PIECE = `
  SELECT length(piece)::text, CASE WHEN encode(piece, 'hex') ~ $4::text THEN piece::text END
  FROM (SELECT lo_get($1::text::oid, $2::text::bigint, $3::text::int) AS piece OFFSET 0) AS read`;

/** Numbers of large objects with the name, and how many this role may not read. At a cut, a longer word may count as the name. */
async function largeObjects(transaction: PortalTransaction, judge: PersonJudge): Promise<string[]> {
  const { rows } = await transaction.query(OBJECTS);
  const places: string[] = [];
  for (const [oid, readable] of rows) {
    if (readable === 'true' && (await holdsName(transaction, oid!, judge))) places.push(`large object ${oid}`);
  }
  const closed = rows.filter(([, readable]) => readable !== 'true').length;
  return closed > 0 ? [...places, `${closed} large objects that the role may not read`] : places;
}

async function holdsName(transaction: PortalTransaction, oid: string, judge: PersonJudge): Promise<boolean> {
  const near = needlesOf(judge.texts)?.hex ?? '';
  for (let from = 0; ; from += PIECE_BYTES - OVERLAP_BYTES) {
    const { rows } = await transaction.query(PIECE, [oid, String(from), String(PIECE_BYTES), near]);
    const [length, bytes] = rows[0]!;
    if (bytes && judge.showsInBytes(bytes)) return true;
    if (Number(length) < PIECE_BYTES) return false;
  }
}
