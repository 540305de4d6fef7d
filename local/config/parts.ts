import { areEnginesReal, type Config } from './config.ts';

/** A part of the company's world. */
export interface Part {
  readonly name: string;
  readonly isReal: boolean;
  /** Where it is. */
  readonly place: string;
}

/** What is real, what is simulated, and what is not there at all. @param isPortalGiven by an option instead of the file */
export function partsOf(config: Config, isPortalGiven: boolean): Part[] {
  const { portalApi, portalDatabase, identityProvider, connections, audit } = config;
  const database = portalDatabase && `${portalDatabase.host}:${portalDatabase.port}/${portalDatabase.database}`;
  const part = (name: string, place: string | undefined): Part => ({
    name,
    isReal: place !== undefined,
    place: place ?? 'simulated',
  });
  const names = Object.keys(config.engines).join(', ');
  const nexthink =
    areEnginesReal(config) && !portalApi
      ? [part('Engines', `as the file names them: ${names}. There is no Portal API: an Engine checks each log-in`)]
      : [part('Portal API', portalApi?.url), part('Engines', portalApi && 'as List Engines tells')];
  const desks = Object.entries(connections).map(([id, { api }]) => part(`Tickets (${id})`, api.url));
  return [
    ...nexthink,
    part('Portal database', database ?? (isPortalGiven ? 'your own' : undefined)),
    part('People', identityProvider?.issuer),
    ...desks,
    ...(audit.witness ? [part('Time stamps', audit.witness.url)] : []),
  ];
}

/** `Simulated here: Engines, Portal database`; empty when all is real. */
export function simulatedLine(parts: readonly Part[]): string {
  const names = parts.filter(({ isReal }) => !isReal).map(({ name }) => name);
  return names.length === 0 ? '' : `Simulated here: ${names.join(', ')}`;
}
