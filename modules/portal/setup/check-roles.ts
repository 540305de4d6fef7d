import { type Check, checked, wordsOf } from '../../common/doctor.ts';
import { rightsLacking } from '../anonymize/triggers.ts';
import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import { qualified } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { problemsOf } from '../mapping/live-check.ts';
import { mappedColumns, type PortalMapping } from '../mapping/mapping.ts';
import { readCatalog, TRANSACTION } from '../mapping/read-catalog.ts';

export const PORTAL_ROLES = ['read', 'anonymize', 'verify', 'maintain'] as const;
type PortalRoleName = (typeof PORTAL_ROLES)[number];
export const MAPPING = 'Mapping of the Portal database';
/** Maximum rights, or faults of the mapping, that are shown. */
const MAX_SHOWN = 5;

/** The needed rights that the role lacks, as GRANTs. Before PostgreSQL 17 there is no MAINTAIN, and the owner's role counts. */
const LACKING = `
  SELECT CASE WHEN may = 'MAINTAIN' AND current_setting('server_version_num')::int < 170000
    THEN format('GRANT %I TO %I', pg_get_userbyid(c.relowner), current_user)
    ELSE format('GRANT %s%s ON %s TO %I', may, ' (' || quote_ident(a.attname) || ')', c.oid::regclass, current_user) END
  FROM json_to_recordset($1::text::json) AS need (relation text, name text, may text)
  JOIN pg_class c ON c.oid = to_regclass(relation)
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = need.name
  WHERE NOT CASE WHEN need.name IS NOT NULL THEN coalesce(has_column_privilege(c.oid, a.attnum, may), true)
    WHEN may <> 'MAINTAIN' OR current_setting('server_version_num')::int >= 170000 THEN has_table_privilege(c.oid, may)
    ELSE pg_has_role(c.relowner, 'USAGE') END`;

/** What a role must be able to do besides reading everything. */
function needsOf(role: PortalRoleName, { tables, derived, ledger }: PortalMapping) {
  const need = (relation: string, may: string, name?: string) => ({ relation: qualified(relation), may, name });
  if (role === 'maintain') return tables.map(({ table }) => need(table, 'MAINTAIN'));
  if (role !== 'anonymize') return [];
  const changes = tables.flatMap((mapped) => mappedColumns(mapped).map((name) => need(mapped.table, 'UPDATE', name)));
  return [...changes, need(ledger, 'INSERT'), need(ledger, 'UPDATE'), ...derived.map((view) => need(view, 'MAINTAIN'))];
}

/** Logs in as one role of the Portal database and looks for rights that it lacks; `read` checks the mapping, too (R32). */
export async function checkPortalRole(
  role: PortalRoleName,
  { source, mend }: { readonly source: PortalConnectionSource; readonly mend: string },
  mapping: PortalMapping,
  signal: AbortSignal,
): Promise<Check[]> {
  const name = `Portal role ${role}`;
  const look = async (transaction: PortalTransaction) => {
    const catalog = await readCatalog(transaction);
    const { rows } = await transaction.query(LACKING, [JSON.stringify(needsOf(role, mapping))]);
    const unread = role === 'maintain' ? [] : catalog.columns.flatMap(({ missing }) => missing ?? []);
    const mapped = mapping.tables.map(({ table }) => table);
    const byTriggers = role === 'anonymize' ? await rightsLacking(transaction, mapped) : [];
    const lacking = [...new Set([...unread, ...rows.map(([grant]) => grant!), ...byTriggers])];
    const state = role === 'maintain' ? 'warning' : 'fault'; // without it the certificate says what is left
    const grants = `${lacking.slice(0, MAX_SHOWN).join('; ')} (all: gdpr portal roles)`;
    const own =
      lacking.length > 0
        ? checked(name, state, `It lacks ${lacking.length} rights that the mapping needs`, grants)
        : checked(name, 'ok', 'It logs in and has its rights');
    if (role !== 'read') return [own];
    const columns = catalog.columns.map((column) => ({ ...column, missing: null })); // said above
    const problems = await problemsOf(transaction, mapping, { ...catalog, columns });
    const shown = problems.slice(0, MAX_SHOWN);
    if (shown.length === 0)
      return [own, checked(MAPPING, 'ok', 'It fits the database, whose schema is the approved one')];
    return [own, ...shown.map((why) => checked(MAPPING, 'fault', why, 'portal-mapping.json (gdpr portal check)'))];
  };
  try {
    return await withTransaction(source, TRANSACTION, look, signal);
  } catch (error) {
    const fault = checked(name, 'fault', wordsOf(error), mend);
    return role === 'read' ? [fault, checked(MAPPING, 'not measured', 'The role read compares it')] : [fault];
  }
}
