import { createHash } from 'node:crypto';
import type { Federation } from '../archive/fragment.ts';
import type { Engine } from '../requests/source.ts';
import type { PortalApi } from './ports.ts';
import type { GivenFacts } from './settings.ts';

/** An Engine's id from its UID, safe in object keys and tar headers. One that is changed gets a part of its hash, so ids stay unique. */
function engineIdOf(uid: string): string {
  const safe = uid.replace(/[^A-Za-z0-9_-]+/g, '-');
  if (safe === uid && safe !== 'portal' && safe.length <= 64) return safe;
  return `${safe.slice(0, 55)}-${createHash('sha256').update(uid).digest('hex').slice(0, 8)}`;
}

/** Which Engines are queried (R5): those of the configured names, also when they are not listed; else all that are listed. */
export function federate(
  listed: readonly Engine[],
  configured: readonly string[] | undefined,
): { engines: Engine[]; federation: Federation } {
  if (!configured) return { engines: [...listed], federation: 'all-listed' };
  const unlisted = { status: 'NOT_LISTED', address: '', timezone: 'UTC', version: '' };
  const engines = [...new Set(configured)].flatMap((name) => {
    const found = listed.filter((engine) => engine.name === name);
    return found.length > 0 ? found : [{ engineId: engineIdOf(`unlisted-${name}`), name, ...unlisted }];
  });
  return { engines, federation: 'configured' };
}

/** Stands in the place of List Engines: those that the settings name with their host. Only an Engine can judge a login then. */
export function namedEngines(settings: Readonly<Record<string, GivenFacts>>): PortalApi {
  const named = Object.keys(settings).filter((name) => settings[name]!.host !== undefined);
  const entries = named.map((name) => ({ name, databaseUID: name, status: 'CONNECTED' }));
  return { checksLogin: false, listEngines: async () => readListedEngines(entries, settings) };
}

/** Name of the error of an Engine that is not `CONNECTED`. */
export const absenceOf = (
  engine: Pick<Engine, 'broken'> | undefined,
): 'EngineEntryError' | 'EngineNotConnectedError' => (engine?.broken ? 'EngineEntryError' : 'EngineNotConnectedError');

/** A name or an IP address alone: with more in it (`https://`, a port) a login would go elsewhere, or nowhere. */
const HOST = /^([\p{L}\p{N}._-]+|[\da-f]*:[\da-f]*:[\da-f:.]*)$/iu;

/**
 * Reads the answer of List Engines entry by entry, so that a broken one never hides another Engine (R5): it is not `CONNECTED`, and
 * `broken` lists its unusable fields. @param settings of Engines, by name. Source: docs/nexthink-portal.md, without types.
 */
export function readListedEngines(
  entries: readonly unknown[],
  settings: Readonly<Record<string, GivenFacts>>,
): Engine[] {
  const seen = new Set<string>();
  return entries.map((entry, index) => {
    const broken: string[] = [];
    const fields: Readonly<Record<string, unknown>> = { ...(entry as object | null) };
    /** @param absent for a field that need not be there */
    const read = (field: string, absent?: string): string => {
      const value = fields[field] ?? (fields[field] === undefined ? absent : undefined);
      if (typeof value === 'number') return String(value);
      if (typeof value === 'string' && (value !== '' || absent !== undefined)) return value;
      broken.push(field);
      return absent ?? '';
    };
    const name = read('name') || `entry ${index + 1}`;
    const given = Object.hasOwn(settings, name) ? settings[name] : undefined;
    const uid = read('databaseUID');
    if (seen.has(uid)) broken.push('databaseUID');
    const engine = {
      engineId: broken.includes('databaseUID') ? engineIdOf(`unlisted-${name}-${index + 1}`) : engineIdOf(uid),
      name,
      status: read('status'),
      address: given?.host ?? read('address'),
      timezone: given?.timezone ?? (read('timezone', 'UTC') || 'UTC'),
      version: given?.version ?? read('version', ''),
    };
    seen.add(uid);
    if (engine.address !== '' && !HOST.test(engine.address)) broken.push('address');
    if (broken.length === 0) return engine;
    const status = ['CONNECTED', ''].includes(engine.status) ? 'BROKEN' : engine.status;
    return { ...engine, status, broken };
  });
}
