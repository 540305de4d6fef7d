import type { Engine } from './model.ts';

/**
 * Which Engines are asked (R5): the configured ones, else all that are listed. A configured Engine that is not listed
 * stays, as not connected: it is never dropped.
 * @param configured names of Engines
 */
export function federate(
  listed: readonly Engine[],
  configured: readonly string[] | undefined,
): { engines: Engine[]; federation: 'configured' | 'all-listed' } {
  if (!configured) return { engines: [...listed], federation: 'all-listed' };
  const engines = configured.map(
    (name) =>
      listed.find((engine) => engine.name === name) ?? {
        engineId: `unlisted-${name.replace(/[^A-Za-z0-9_-]+/g, '-')}`,
        name,
        status: 'NOT_LISTED',
        address: '',
        timezone: 'UTC',
        version: '',
      },
  );
  return { engines, federation: 'configured' };
}
