import { createHash } from 'node:crypto';
import type { Federation } from '../archive/fragment.ts';
import type { Engine } from '../requests/source.ts';

/** An Engine's id from its UID, safe in object keys. A UID that is changed gets a part of its hash, so that ids stay unique. */
export function engineIdOf(uid: string): string {
  const safe = uid.replace(/[^A-Za-z0-9_-]+/g, '-');
  if (safe === uid && safe !== 'portal') return safe;
  return `${safe}-${createHash('sha256').update(uid).digest('hex').slice(0, 8)}`;
}

/**
 * Which Engines are queried (R5): the configured ones, else all that are listed. A configured Engine that is not listed is kept
 * as not connected.
 * @param configured names of Engines
 */
export function federate(
  listed: readonly Engine[],
  configured: readonly string[] | undefined,
): { engines: Engine[]; federation: Federation } {
  if (!configured) return { engines: [...listed], federation: 'all-listed' };
  const engines = configured.map(
    (name) =>
      listed.find((engine) => engine.name === name) ?? {
        engineId: engineIdOf(`unlisted-${name}`),
        name,
        status: 'NOT_LISTED',
        address: '',
        timezone: 'UTC',
        version: '',
      },
  );
  return { engines, federation: 'configured' };
}

/** Name of the error of an Engine that is not `CONNECTED`. */
export const absenceOf = (
  engine: Pick<Engine, 'broken'> | undefined,
): 'EngineEntryError' | 'EngineNotConnectedError' => (engine?.broken ? 'EngineEntryError' : 'EngineNotConnectedError');
