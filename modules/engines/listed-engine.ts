import type { Engine } from '../requests/source.ts';
import { engineIdOf } from './federation.ts';
import type { GivenFacts } from './settings.ts';

/**
 * Reads the answer of List Engines entry by entry, so that a broken entry never hides another Engine (R5). A broken entry
 * is kept under the name that it has; it is not `CONNECTED`, and `broken` lists its unusable fields.
 * @param settings of Engines, by name
 * Source: docs/nexthink-portal.md, which documents no types.
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
    if (broken.length === 0) return engine;
    const status = ['CONNECTED', ''].includes(engine.status) ? 'BROKEN' : engine.status;
    return { ...engine, status, broken };
  });
}
