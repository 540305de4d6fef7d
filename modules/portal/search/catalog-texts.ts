import { tableName } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { PersonJudge } from '../names/person-judge.ts';
import { needlesOf } from './near.ts';

/** Names of objects. Each composite has a table's, each array a type's. */
const NAMES = {
  pg_class: 'relname',
  pg_constraint: 'conname',
  pg_proc: 'proname',
  pg_type: `CASE WHEN typtype <> 'c' AND typcategory <> 'A' THEN typname END`,
  pg_namespace: `substring(nspname, '^(?!pg_).*')`,
  pg_tablespace: `substring(spcname, '^(?!pg_).*')`,
  pg_collation: 'collname',
  pg_conversion: 'conname',
  pg_publication: 'pubname',
  pg_subscription: 'subname',
  pg_event_trigger: 'evtname',
  pg_ts_config: 'cfgname',
  pg_ts_dict: `concat_ws(' ', dictname, dictinitoption)`,
};

/** Texts of the catalog, each with its object. No UPDATE can change them. Of PostgreSQL's own, only schemas and shared objects count. */
const TEXTS = [
  `'comment on ', classoid, objoid, objsubid, description FROM pg_description`,
  `'comment on ', classoid, objoid, 0, description FROM pg_shdescription`,
  `'text of ', tableoid, oid, 0, pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm')`,
  `'body of ', tableoid, oid, 0, concat_ws(' ', prosrc, pg_get_function_sqlbody(oid),
    array_to_string(proargnames, ' '), pg_get_expr(proargdefaults, 0)) FROM pg_proc`,
  `'bound of ', tableoid, oid, 0, concat(pg_get_expr(relpartbound, oid), pg_get_partkeydef(oid)) FROM pg_class`,
  `'default of ', 'pg_class'::regclass, adrelid, adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef`,
  `'default of ', tableoid, oid, 0, typdefault FROM pg_type WHERE typtype = 'd'`,
  `'', tableoid, oid, 0, pg_get_constraintdef(oid) FROM pg_constraint`,
  `'definition of ', 'pg_class'::regclass, indexrelid, 0, pg_get_indexdef(indexrelid) FROM pg_index`,
  `'definition of ', tableoid, oid, 0, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal`,
  `'definition of ', tableoid, oid, 0, concat_ws(' ', stxname, pg_get_statisticsobjdef(oid))
    FROM pg_statistic_ext`,
  `'rule of ', 'pg_class'::regclass, ev_class, 0, pg_get_ruledef(oid)
    FROM pg_rewrite WHERE rulename <> '_RETURN'`,
  `'policy of ', 'pg_class'::regclass, polrelid, 0,
    concat_ws(' ', polname, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy`,
  `'filter of ', tableoid, oid, 0, pg_get_expr(prqual, prrelid) FROM pg_publication_rel`,
  `'settings of a login role or database', 0, NULL, 0, array_to_string(setconfig, ' ') FROM pg_db_role_setting`,
  `'options of ', tableoid, oid, 0, concat_ws(' ', fdwname, array_to_string(fdwoptions, ' '))
    FROM pg_foreign_data_wrapper`,
  `'options of ', tableoid, oid, 0, concat_ws(' ', srvname, array_to_string(srvoptions, ' '))
    FROM pg_foreign_server`,
  `'options of ', 'pg_class'::regclass, ftrelid, 0, array_to_string(ftoptions, ' ') FROM pg_foreign_table`,
  `'options of ', 'pg_class'::regclass, attrelid, attnum, array_to_string(attfdwoptions, ' ')
    FROM pg_attribute WHERE attfdwoptions IS NOT NULL`,
  `'label of ', 'pg_type'::regclass, enumtypid, 0, enumlabel FROM pg_enum`,
  `'name of ', 'pg_class'::regclass, attrelid, attnum, attname
    FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped`,
  `'name of a login role', 0, NULL, 0, rolname FROM pg_roles WHERE rolname !~ '^pg_'`,
  `'name of a database', 0, NULL, 0, datname FROM pg_database`,
  ...Object.entries(NAMES).map(([table, name]) => `'name of ', '${table}'::regclass, oid, 0, ${name} FROM ${table}`),
];
const SEARCHED = `SELECT what || coalesce(pg_describe_object(class, id, part), ''), text
  FROM (SELECT ${TEXTS.join(' UNION ALL SELECT ')}) AS texts (what, class, id, part, text)
  WHERE id >= 16384 OR id IS NULL OR class = ANY ('{pg_namespace,pg_authid,pg_database,pg_tablespace}'::regclass[])`;

/** Places with the name that an anonymization keeps: what no UPDATE reaches, and statistics. */
export const keptPlaces = async (transaction: PortalTransaction, judge: PersonJudge): Promise<string[]> => [
  ...(await placesOutOfReach(transaction, judge)),
  ...(await staleStatistics(transaction, judge)),
];

/** Places with the name, without it, that no UPDATE can reach: texts of the catalog (`_` separates words there), large objects. */
export async function placesOutOfReach(transaction: PortalTransaction, judge: PersonJudge): Promise<string[]> {
  const { rows } = await transaction.query(SEARCHED);
  const found = rows
    .filter(([, text]) => text !== null && judge.shows(text!))
    .map(([place]) => judge.withoutName(place!));
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
