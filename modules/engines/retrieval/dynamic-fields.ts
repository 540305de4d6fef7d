import type { MissingPart } from '../../archive/fragment.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { EngineUnavailableError, orReason } from '../errors.ts';
import { isFieldQueryable, objectStatement, type Platform } from '../nxql.ts';
import type { EngineClient } from './engine-client.ts';

/** Names of the dynamic fields that can be queried, by platform. */
export type DynamicFields = Readonly<Partial<Record<Platform, readonly string[]>>>;

/**
 * Finds the dynamic fields of a table's objects on each platform. On a platform that does not list its own, those of the other
 * platforms are tried.
 * @returns `missing`: platforms that list none, and listed fields that no statement can hold
 */
export async function findDynamicFields(
  client: EngineClient,
  table: SubjectKind,
  platforms: readonly Platform[],
): Promise<{ fields: DynamicFields; missing: readonly MissingPart[] }> {
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
