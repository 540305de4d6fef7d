import type { MissingPart } from '../../archive/fragment.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { EngineUnavailableError, orReason } from '../errors.ts';
import { isFieldQueryable, objectStatement, type Platform } from '../nxql.ts';
import { ENGINE_TABLES, FILES, type UnlistedTable, unlistedTable } from '../tables/tables.ts';
import type { EngineClient } from './engine-client.ts';
import { rowlessQuestion } from './engine-files.ts';

/** A table's dynamic fields on each platform, or those of the others; `missing`: platforms without a list, fields not to be queried. */
export async function findDynamicFields(client: EngineClient, table: SubjectKind, platforms: readonly Platform[]) {
  const file = `engines/${table}.csv`;
  const missing: MissingPart[] = [];
  const listed = new Map<Platform, readonly string[]>();
  for (const platform of platforms) {
    // Some Engines end the exchange without a page. Source: docs/nxql.md, "Answer".
    const offered = await orReason(client.dynamicFields(table, platform), EngineUnavailableError);
    const answer = offered ?? 'DYNAMIC_FIELDS_UNKNOWN';
    if (typeof answer === 'string') missing.push({ file, platform, reason: answer });
    else listed.set(platform, answer);
  }
  const all = [...new Set([...listed.values()].flat())];
  const fields: Partial<Record<Platform, readonly string[]>> = {};
  for (const platform of platforms) {
    const own = listed.get(platform);
    fields[platform] = own?.filter(isFieldQueryable) ?? (await acceptedFields(client, table, platform, all));
    if (own && fields[platform].length < own.length) missing.push({ file, platform, reason: 'FIELDS_REFUSED' });
  }
  return { fields, missing };
}

/** The names that the Engine does not refuse: all at once, else one by one. */
export async function acceptedFields(
  client: EngineClient,
  table: SubjectKind,
  platform: Platform,
  names: readonly string[],
): Promise<readonly string[]> {
  const queryable = names.filter(isFieldQueryable);
  const isGood = async (some: readonly string[]) =>
    (await client.columns([objectStatement(table, '0', some, ['id'])], platform, `engines/${table}.csv`)).length > 0;
  if (queryable.length === 0 || (await isGood(queryable))) return queryable;
  const good: string[] = [];
  for (const name of queryable) if (await isGood([name])) good.push(name);
  return good;
}

const TABLE_NAME = /^[a-z][a-z0-9_]{0,63}$/;
/** Maximum tables without a record that are tried on one Engine; further ones are named. */
const MAX_TRIED = 30;

/**
 * Linked tables that the Engine lists on any of these platforms and that we do not know: a newer version may have some (R12).
 * `missing`: what could not be found out, and what stands in the list and cannot be queried.
 */
export async function findUnlistedTables(client: EngineClient, kind: SubjectKind, platforms: readonly Platform[]) {
  const missing: MissingPart[] = [];
  const listed = new Map<string, Platform[]>();
  for (const platform of platforms) {
    const names = await orReason(client.tables(platform));
    if (typeof names === 'string' || !names.includes(kind))
      missing.push({ file: `engines/${kind}.csv`, platform, reason: 'TABLES_UNKNOWN' });
    else for (const name of names) listed.set(name, [...(listed.get(name) ?? []), platform]);
  }
  const unlisted = [...listed].filter(([name]) => !Object.hasOwn(ENGINE_TABLES, name));
  const queryable = unlisted.filter(
    ([name]) => TABLE_NAME.test(name) && !FILES.has(unlistedTable({ name }, kind).file),
  );
  if (queryable.length < unlisted.length) missing.push({ file: `engines/${kind}.csv`, reason: 'TABLE_NOT_QUERIED' });
  const tables: UnlistedTable[] = [];
  for (const [at, [name, on]] of queryable.entries()) {
    const table = at < MAX_TRIED ? await orReason(tryTable(client, kind, name, on)) : 'TABLE_NOT_QUERIED';
    if (typeof table === 'string') missing.push({ file: `engines/${name}.csv`, platform: on[0]!, reason: table });
    else if (table.on.length > 0) tables.push(table);
  }
  return { tables, missing };
}

/** The platforms on which a table is linked to the Subject. The last statement is sent twice: a refusal may be a passing fault. */
async function tryTable(client: EngineClient, kind: SubjectKind, name: string, listed: readonly Platform[]) {
  const table = unlistedTable({ name }, kind);
  const found = { name, on: [] as Platform[], time: undefined as UnlistedTable['time'] };
  for (const platform of listed) {
    const statements = table.statements(rowlessQuestion(platform));
    const columns = await client.columns([...statements, statements.at(-1)!], platform, table.file);
    if (!columns.includes(table.subjectColumn)) continue;
    found.on.push(platform);
    found.time ??= (['start_time', 'time'] as const).find((field) => columns.includes(`${name}/${field}`));
  }
  return found;
}
