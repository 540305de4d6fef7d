import { resolve } from 'node:path';
import { PORTAL_SECRETS, SERVICE_ACCOUNT_SECRET } from './environment.ts';
import { endLeftoverServer } from './leftover-server.ts';
import type { LocalOptions } from './options.ts';
import { allDone, type Pieces } from './pieces.ts';
import { givenDatabase } from './portal-database/given-database.ts';
import { type PortalDatabaseServer, startPortalDatabase } from './portal-database/portal-database.ts';
import { type Simulator, startSimulator } from './simulator/simulator.ts';
import { companyPeople } from './simulator/world/given-people.ts';

/** What stands in for a company's Nexthink. */
export interface Nexthink {
  readonly simulator: Simulator;
  readonly portal: PortalDatabaseServer;
}

/** Engines and Portal with the same people in them. */
export async function startNexthink(options: LocalOptions, pieces: Pieces): Promise<Nexthink> {
  const { engines = 3, seed = 1, dataDir } = options;
  const { rows, faults, delayMs, now, people: added } = options;
  const given = {
    ...(rows !== undefined && { rows }),
    ...(faults && { faults }),
    ...(delayMs !== undefined && { delayMs }),
    ...(now && { now }),
    ...(added && { people: added }),
  };
  const people = companyPeople(seed, engines, added);
  // Other Engines or another seed mean other people, hence a database of their own.
  const kept = dataDir === undefined ? {} : { dataDir: resolve(dataDir, `portal-${engines}-${seed}`) };
  if (kept.dataDir !== undefined && !options.portal) await endLeftoverServer(kept.dataDir);
  const [simulator, portal] = await allDone([
    pieces.add(startSimulator({ engines, seed, ...given })),
    pieces.add(options.portal ? givenDatabase(options.portal.url) : startPortalDatabase({ people, ...kept })),
  ]);
  return { simulator, portal };
}

/** What Secrets Manager holds for the functions, by secret id. */
export function nexthinkSecrets({ portal, simulator }: Nexthink): Map<string, string> {
  const { host, port, roles } = portal;
  const entries = (['read', 'anonymize', 'verify', 'maintain'] as const).map((role) => {
    return [PORTAL_SECRETS[role], JSON.stringify({ host, port, ...roles[role] })] as const;
  });
  return new Map([...entries, [SERVICE_ACCOUNT_SECRET, JSON.stringify(simulator.login)]]);
}
