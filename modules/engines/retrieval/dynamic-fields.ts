import type { MissingPart } from '../../archive/fragment.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { EngineUnavailableError, isAboutOneAnswer } from '../errors.ts';
import { isFieldAskable, objectStatement, type Platform } from '../nxql.ts';
import type { EngineAsker } from './engine-client.ts';

/** Names of the dynamic fields that may be asked for, by platform. */
export type DynamicFields = Readonly<Partial<Record<Platform, readonly string[]>>>;

/**
 * Finds out which dynamic fields the objects of a table have on each platform, and that the Engine gives them when they
 * are asked for together. On a platform that does not tell its own, those of the others are tried.
 * @returns `missing`: what was not told, or is told of and cannot be had
 */
export async function findDynamicFields(
  asker: EngineAsker,
  table: SubjectKind,
  platforms: readonly Platform[],
): Promise<{ fields: DynamicFields; missing: readonly MissingPart[] }> {
  const file = `engines/${table}.csv`;
  const missing: MissingPart[] = [];
  const told = new Map<Platform, readonly string[]>();
  for (const platform of platforms) {
    const answer = await discover(asker, table, platform);
    if (typeof answer === 'string') missing.push({ file, platform, reason: answer });
    else told.set(platform, answer);
  }
  const all = [...new Set([...told.values()].flat())];
  const fields: Partial<Record<Platform, readonly string[]>> = {};
  for (const platform of platforms) {
    const own = told.get(platform);
    fields[platform] = await accepted(asker, table, platform, own ?? all);
    if (own && fields[platform].length < own.length) missing.push({ file, platform, reason: 'FIELDS_REFUSED' });
  }
  return { fields, missing };
}

/** The names that the error page of a platform offers, or the reason why there are none. */
async function discover(
  asker: EngineAsker,
  table: SubjectKind,
  platform: Platform,
): Promise<readonly string[] | string> {
  try {
    return (await asker.dynamicFields(table, platform)) ?? 'DYNAMIC_FIELDS_UNKNOWN';
  } catch (error) {
    // Seen by clients: some Engines end the exchange without a page. Source: docs/nxql.md
    if (isAboutOneAnswer(error) || error instanceof EngineUnavailableError) return error.name;
    throw error;
  }
}

/** Those that the Engine does not refuse: all at once, else one by one. */
async function accepted(
  asker: EngineAsker,
  table: SubjectKind,
  platform: Platform,
  names: readonly string[],
): Promise<readonly string[]> {
  const askable = names.filter(isFieldAskable);
  const isGood = async (some: readonly string[]) =>
    (await asker.columns([objectStatement(table, '0', some, ['id'])], platform, `engines/${table}.csv`)).length > 0;
  if (askable.length === 0 || (await isGood(askable))) return askable;
  const good: string[] = [];
  for (const name of askable) if (await isGood([name])) good.push(name);
  return good;
}
