import { resolve } from 'node:path';
import { checkMapping } from '../modules/portal/mapping/live-check.ts';
import { PortalConnection } from '../modules/portal/settings.ts';
import { areEnginesReal, type Config } from './config/config.ts';
import { ConfigError } from './config/explain.ts';
import { secretFor } from './config/named-secrets.ts';
import { type Operator, readOperatorsFile } from './config/operator.ts';
import { PORTAL_SECRETS, SERVICE_ACCOUNT_SECRET } from './environment.ts';
import { endLeftoverServer } from './leftover-server.ts';
import type { LocalOptions } from './options.ts';
import { allDone, type Pieces } from './pieces.ts';
import { databaseOf, GivenDatabaseError, givenDatabase } from './portal-database/given-database.ts';
import { type PortalDatabaseServer, startPortalDatabase } from './portal-database/portal-database.ts';
import { type Simulator, startSimulator } from './simulator/simulator.ts';
import { companyPeople } from './simulator/world/given-people.ts';

/** A company's Nexthink, or what stands in for it. */
export interface Nexthink {
  /** Absent where the Engines are real. */
  readonly simulator: Simulator | undefined;
  readonly portal: PortalDatabaseServer;
}

/** Engines and Portal with the same people in them, but for what is real. */
export async function startNexthink(options: LocalOptions, pieces: Pieces, operator: Operator): Promise<Nexthink> {
  const { engines = 3, seed = 1, dataDir } = options;
  const { config } = operator;
  const { rows, faults, delayMs, now, people: added } = options;
  if (
    areEnginesReal(config) &&
    [options.engines, options.seed, rows, faults, delayMs].some((option) => option !== undefined)
  )
    throw new ConfigError('portalApi, engines: the Engines are real: leave out the options of simulated ones');
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
  const isSimulated = !options.portal && !config.portalDatabase;
  if (kept.dataDir !== undefined && isSimulated) await endLeftoverServer(kept.dataDir);
  const database = async () => {
    if (config.portalDatabase) return await configuredDatabase(operator);
    return await (options.portal
      ? givenDatabase(options.portal.url)
      : startPortalDatabase({ people, ...kept, say: console.error }));
  };
  const [simulator, portal] = await allDone([
    areEnginesReal(config) ? Promise.resolve(undefined) : pieces.add(startSimulator({ engines, seed, ...given })),
    pieces.add(database()),
  ]);
  return { simulator, portal };
}

/** The database that the operator's file names, when it can be used as it is. */
async function configuredDatabase(operator: Operator): Promise<PortalDatabaseServer> {
  const secretOf = secretFor(operator);
  const connectionOf = async (role: keyof typeof PORTAL_SECRETS) =>
    PortalConnection.parse(JSON.parse(secretOf(PORTAL_SECRETS[role])!));
  const database = await databaseOf('portalDatabase', connectionOf);
  const { mapping } = readOperatorsFile(operator.file);
  const checks = (['read', 'anonymize', 'verify'] as const).map((role) =>
    checkMapping(() => connectionOf(role), mapping!),
  );
  const problems = new Set((await Promise.all(checks)).flat());
  if (problems.size > 0)
    throw new GivenDatabaseError(`portalDatabase: the mapping does not fit the database:\n${[...problems].join('\n')}`);
  return database;
}

/** What Secrets Manager holds of what was started here, by secret id. Real parts have secrets of the operator's. */
export function nexthinkSecrets({ portal, simulator }: Nexthink, config: Config): Map<string, string> {
  const { host, port, roles } = portal;
  const entries = (['read', 'anonymize', 'verify', 'maintain'] as const).map((role) => {
    return [PORTAL_SECRETS[role], JSON.stringify({ host, port, ...roles[role] })] as const;
  });
  return new Map([
    ...(config.portalDatabase ? [] : entries),
    ...(simulator ? [[SERVICE_ACCOUNT_SECRET, JSON.stringify(simulator.login)] as const] : []),
  ]);
}
