import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type PortalDatabaseServer, referenceMapping } from '../../local/portal-database/portal-database.ts';
import {
  accountFor,
  ownFolder,
  postgresBinaries,
  reachableFolder,
} from '../../local/portal-database/postgres-binaries.ts';
import { createCluster } from '../../local/portal-database/postgres-server.ts';
import { createRoles, drawRoles } from '../../local/portal-database/roles.ts';
import { seed } from '../../local/portal-database/seed.ts';
import type { ServerCertificate } from '../../local/simulator/servers/certificates.ts';
import type { People } from '../../local/simulator/world/people.ts';

/** All that PostgreSQL can be made to log. */
const LOUD = {
  log_statement: 'all',
  log_min_duration_statement: '0',
  log_min_error_statement: 'debug5',
  log_min_messages: 'info',
  log_error_verbosity: 'verbose',
  log_parameter_max_length: '-1',
  log_parameter_max_length_on_error: '-1',
  log_lock_waits: 'on',
  log_autovacuum_min_duration: '0',
};

/** A Portal database whose server logs as much as it can, as somebody else may have set it up. */
export interface NoisyPostgres extends PortalDatabaseServer {
  /** What it has logged so far. */
  log(): string;
}

/** @param certificate with one, clients may speak TLS */
export async function startNoisyPostgres(people: People, certificate?: ServerCertificate): Promise<NoisyPostgres> {
  const runAs = accountFor();
  const binaries = await postgresBinaries(runAs);
  const home = await mkdtemp(join(await reachableFolder(tmpdir(), runAs), 'nexthink-gdpr-noisy-'));
  await ownFolder(home, runAs);
  const cluster = join(home, 'cluster');
  const roles = drawRoles('portal');
  await createCluster(binaries, runAs, cluster, roles.owner);
  const tls: Record<string, string> = certificate
    ? { ssl: 'on', ssl_cert_file: 'tls.crt', ssl_key_file: 'tls.key' }
    : {};
  for (const [file, text] of certificate
    ? [['tls.crt', certificate.cert] as const, ['tls.key', certificate.key] as const]
    : []) {
    await writeFile(join(cluster, file), text, { mode: 0o600 });
    if (runAs) await chown(join(cluster, file), runAs.uid, runAs.gid);
  }
  const port = await freePort();
  const settings = {
    ...LOUD,
    ...tls,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    max_prepared_transactions: '2',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', cluster, '-p', String(port), ...flags], {
    ...runAs,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  let log = '';
  await new Promise<void>((ready, fail) => {
    child.stderr.on('data', (chunk) => {
      log += chunk;
      if (log.includes('ready to accept connections')) ready();
    });
    child.once('close', () => fail(new Error(log)));
  });
  const asOwner = async (database: string, work: (owner: Client) => Promise<unknown>) => {
    const { username: user, password } = roles.owner;
    const client = new Client({ host: '127.0.0.1', port, user, password, database });
    await client.connect();
    await work(client).finally(() => client.end());
  };
  await asOwner('postgres', (owner) => owner.query('CREATE DATABASE portal'));
  await asOwner('portal', async (owner) => {
    await owner.query(await readFile(new URL('../../local/portal-database/schema.sql', import.meta.url), 'utf8'));
    await seed(owner, people, 3, new Date('2026-03-10T12:00:00Z'));
    await createRoles(owner, roles, await referenceMapping());
  });
  return {
    host: '127.0.0.1',
    port,
    roles,
    log: () => log,
    async stop() {
      child.kill('SIGINT');
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
