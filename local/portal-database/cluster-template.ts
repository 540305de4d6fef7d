import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Client } from 'pg';
import { ownFolder, type PostgresBinaries, type RunAs, reachableFolder } from './postgres-binaries.ts';
import { copyCluster, createCluster, HOST, startServer } from './postgres-server.ts';
import { drawRoles, type RoleLogin } from './roles.ts';

const TEMPLATES = resolve(import.meta.dirname, '../../build/portal-template');

/** A template that no version in this folder uses any more is removed after a day. */
const KEPT_MS = 86_400_000;

/**
 * Makes a cluster in `dataDir` that holds the database `database` with the reference schema and no rows. It is a copy of one
 * that is made once: PostgreSQL takes longer to make one than all else that a start takes.
 * @returns the login of its owner, which all copies have in common
 */
export async function clusterFromTemplate(
  binaries: PostgresBinaries,
  runAs: RunAs | undefined,
  dataDir: string,
  database: string,
): Promise<RoleLogin> {
  const template = await openTemplate(binaries, runAs, database);
  await copyCluster(join(template, 'cluster'), dataDir, runAs);
  return JSON.parse(await readFile(join(template, 'owner.json'), 'utf8')) as RoleLogin;
}

/** The folder of the template for these programs and this schema. It appears whole or not at all. */
async function openTemplate(binaries: PostgresBinaries, runAs: RunAs | undefined, database: string): Promise<string> {
  const schema = await readFile(new URL('schema.sql', import.meta.url), 'utf8');
  const maker = await readFile(import.meta.filename, 'utf8');
  const { size, mtimeMs } = await stat(binaries.initdb);
  const parts = [schema, maker, database, size, mtimeMs, runAs?.uid];
  const version = createHash('sha256').update(parts.join('\0')).digest('hex');
  await mkdir(dirname(TEMPLATES), { recursive: true });
  const home = await reachableFolder(TEMPLATES, runAs);
  const folder = join(home, version.slice(0, 12));
  if (existsSync(folder)) {
    await utimes(folder, new Date(), new Date()); // it is in use
    return folder;
  }
  await ownFolder(home, runAs);
  const draft = `${folder}.${randomUUID()}`;
  await ownFolder(draft, runAs);
  const { owner } = drawRoles(database);
  await makeTemplate(binaries, runAs, draft, owner, schema);
  await writeFile(join(draft, 'owner.json'), JSON.stringify(owner), { mode: 0o600 });
  // Another process may have been faster: then its template is the one.
  await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }));
  await removeOld(home, folder);
  return folder;
}

async function makeTemplate(
  binaries: PostgresBinaries,
  runAs: RunAs | undefined,
  folder: string,
  owner: RoleLogin,
  schema: string,
): Promise<void> {
  const cluster = join(folder, 'cluster');
  await createCluster(binaries, runAs, cluster, owner);
  const server = await startServer(binaries, runAs, cluster, false);
  try {
    await withClient(server.port, { ...owner, database: 'postgres' }, [`CREATE DATABASE ${owner.database}`]);
    await withClient(server.port, owner, [schema]);
  } finally {
    await server.stop();
  }
}

async function withClient(
  port: number,
  { username: user, password, database }: RoleLogin,
  statements: readonly string[],
): Promise<void> {
  const client = new Client({ host: HOST, port, user, password, database });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function removeOld(home: string, current: string): Promise<void> {
  for (const folder of (await readdir(home)).map((name) => join(home, name))) {
    const found = await stat(folder).catch(() => undefined);
    if (folder === current || !found || found.mtimeMs > Date.now() - KEPT_MS) continue;
    await rm(folder, { recursive: true, force: true });
  }
}
