import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import type { People } from '../simulator/world/people.ts';
import { clusterFromTemplate } from './cluster-template.ts';
import {
  accountFor,
  ownFolder,
  type PostgresBinaries,
  postgresBinaries,
  type RunAs,
  reachableFolder,
} from './postgres-binaries.ts';
import { HOST, type PostgresServer, startServer } from './postgres-server.ts';
import { createRoles, drawRoles, type PortalRoles, type RoleLogin } from './roles.ts';
import { seed } from './seed.ts';

/** A running Portal database with the reference schema. */
export interface PortalDatabaseServer {
  readonly host: string;
  readonly port: number;
  readonly roles: PortalRoles;
  /** It was there already: it is not the simulated one. */
  readonly isGiven?: true;
  /** Stops the server and leaves no process; without `dataDir` its files go too. */
  stop(): Promise<void>;
}

interface PortalDatabaseOptions {
  /** Where the data stay from one start to the next; a folder of its own that goes at the end when absent. */
  readonly dataDir?: string;
  readonly people: People;
  /** Days of metric results, up to the day before `now`. */
  readonly days?: number;
  readonly now?: Date;
  /** Starts the server again when it dies, and says so here; when absent, one that died stays away. */
  readonly say?: (line: string) => void;
}

const DATABASE = 'portal';

/** The mapping of the reference schema, as an operator would approve it. */
export async function referenceMapping(): Promise<PortalMapping> {
  return PortalMapping.parse(JSON.parse(await ownText('portal-mapping.json')));
}

/** Starts PostgreSQL on a free port; fills it the first time, takes up what is there on later starts. */
export async function startPortalDatabase(options: PortalDatabaseOptions): Promise<PortalDatabaseServer> {
  const runAs = accountFor();
  const binaries = await postgresBinaries(runAs);
  const home = options.dataDir
    ? await reachableFolder(resolve(options.dataDir), runAs)
    : await mkdtemp(join(await reachableFolder(tmpdir(), runAs), 'nexthink-gdpr-portal-'));
  await ownFolder(home, runAs);
  const place = { home, runAs, binaries, durable: options.dataDir !== undefined };
  const known = await readRoles(home);
  const started = known ? await restart(place, known) : await create(place, options);
  const end = options.say ? keptRunning(place, started, options.say) : started.stop;
  const stop = async () => {
    await end();
    if (!place.durable) await rm(home, { recursive: true, force: true });
  };
  return { host: HOST, port: started.port, roles: started.roles, stop };
}

interface Place {
  readonly home: string;
  readonly runAs: RunAs | undefined;
  readonly binaries: PostgresBinaries;
  readonly durable: boolean;
}

/** Starts a server again on its port whenever it dies. @returns ends it for good */
function keptRunning(place: Place, first: PostgresServer, say: (line: string) => void): () => Promise<void> {
  let [server, isWanted] = [first, true];
  const watch = async (): Promise<void> => {
    for (;;) {
      const how = await server.ended;
      if (!isWanted) return;
      say(`The Portal database has ended (${how}); it is started again ...`);
      server = await restartServer(place, server.port);
      say('The Portal database runs again. Work that it interrupted goes on by itself.');
      if (!isWanted) await server.stop();
    }
  };
  const watching = watch().catch((error: Error) => {
    say(`The Portal database cannot be started again: ${error.message}. Start the system anew.`);
  });
  return async () => {
    isWanted = false;
    await server.stop();
    await watching;
  };
}

const clusterOf = (home: string) => join(home, 'cluster');
/**
 * Logins of the roles, readable by us alone. Written last: without it the database is made anew, and so it is when it
 * holds another schema than this version's.
 */
const rolesFile = async (home: string) => {
  const texts = await Promise.all(['schema.sql', 'portal-mapping.json'].map(ownText));
  const version = createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 12);
  return join(home, `roles-${version}.json`);
};

const ownText = (file: string) => readFile(new URL(file, import.meta.url), 'utf8');

async function readRoles(home: string): Promise<PortalRoles | undefined> {
  const text = await readFile(await rolesFile(home), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as PortalRoles);
}

const restartServer = ({ home, runAs, binaries, durable }: Place, port?: number): Promise<PostgresServer> =>
  startServer(binaries, runAs, clusterOf(home), durable, port);

const restart = async (place: Place, roles: PortalRoles) => ({ ...(await restartServer(place)), roles });

async function create(place: Place, { people, days = 14, now = new Date() }: PortalDatabaseOptions) {
  const { home, runAs, binaries } = place;
  await rm(clusterOf(home), { recursive: true, force: true });
  const owner = await clusterFromTemplate(binaries, runAs, clusterOf(home), DATABASE);
  const roles = { ...drawRoles(DATABASE), owner };
  const server = await restart(place, roles);
  try {
    await asOwner(server.port, owner, async (client) => {
      await seed(client, people, days, now);
      await createRoles(client, roles, await referenceMapping());
    });
    const file = await rolesFile(home);
    await writeFile(`${file}.new`, JSON.stringify(roles), { mode: 0o600 });
    await rename(`${file}.new`, file);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function asOwner(
  port: number,
  { username: user, password, database }: RoleLogin,
  work: (owner: Client) => Promise<unknown>,
) {
  const client = new Client({ host: HOST, port, user, password, database });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
