import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ownFolder, type PostgresBinaries, type RunAs } from './postgres-binaries.ts';

/** A PostgreSQL server that runs as a child of this process. */
export interface PostgresServer {
  readonly port: number;
  /** Resolves when its process is gone, whoever ended it: with the exit code or the signal. */
  readonly ended: Promise<number | string>;
  /** Ends every session and the server; resolves when its process is gone. */
  stop(): Promise<void>;
}

/** Keeps statements, parameters and the values in error details out of the server's log (R24). */
const SILENT_LOG = {
  log_statement: 'none',
  log_min_error_statement: 'panic',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
};

const PORT_ATTEMPTS = 3;
const RESTART_ATTEMPTS = 60;
const RESTART_PAUSE_MS = 500;

/** Where servers listen. */
export const HOST = '127.0.0.1';

/** Makes a database cluster in `dataDir` whose superuser is `owner`. */
export async function createCluster(
  binaries: PostgresBinaries,
  runAs: RunAs | undefined,
  dataDir: string,
  owner: { readonly username: string; readonly password: string },
): Promise<void> {
  await ownFolder(dataDir, runAs);
  const passwordFile = join(tmpdir(), `nexthink-gdpr-${randomBytes(8).toString('hex')}`);
  await writeFile(passwordFile, owner.password, { mode: 0o600 });
  if (runAs) await chown(passwordFile, runAs.uid, runAs.gid);
  try {
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const login = [`--username=${owner.username}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    const child = start(
      binaries.initdb,
      [`--pgdata=${dataDir}`, '--no-sync', '--wal-segsize=1', ...login, ...locale],
      runAs,
    );
    const errors = lastWords(child);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`initdb ended with ${code}: ${errors()}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Copies the cluster of a server that does not run, as the account that PostgreSQL runs as. */
export async function copyCluster(from: string, to: string, runAs: RunAs | undefined): Promise<void> {
  const child = start('cp', ['-R', from, to], runAs);
  const errors = lastWords(child);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`cp ended with ${code}: ${errors()}`);
}

/**
 * Starts a server on 127.0.0.1.
 * @param durable false trades crash safety for speed @param again port of a server that has died; a free one when absent
 */
export async function startServer(
  binaries: PostgresBinaries,
  runAs: RunAs | undefined,
  dataDir: string,
  durable: boolean,
  again?: number,
): Promise<PostgresServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = again ?? (await freePort());
    try {
      return { port, ...(await serve(binaries, runAs, dataDir, port, durable)) };
    } catch (error) {
      if (attempt === (again === undefined ? PORT_ATTEMPTS : RESTART_ATTEMPTS)) throw error;
      // What a killed server leaves behind ends by itself, and holds the data until then.
      if (again !== undefined) await setTimeout(RESTART_PAUSE_MS);
    }
  }
}

async function serve(
  binaries: PostgresBinaries,
  runAs: RunAs | undefined,
  dataDir: string,
  port: number,
  durable: boolean,
): Promise<Omit<PostgresServer, 'port'>> {
  const settings = {
    ...SILENT_LOG,
    listen_addresses: HOST,
    unix_socket_directories: '',
    max_connections: '40',
    shared_buffers: '64MB',
    lc_messages: 'C',
    fsync: durable ? 'on' : 'off',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = start(binaries.postgres, ['-D', dataDir, '-p', String(port), ...flags], runAs);
  const errors = lastWords(child);
  const ended = once(child, 'close');
  await Promise.race([
    becomesReady(child),
    ended.then(([code]) => Promise.reject(new Error(`PostgreSQL ended with ${code}: ${errors()}`))),
  ]);
  const stopNow = () => child.kill('SIGINT');
  process.once('exit', stopNow); // when this process dies of an error, nobody calls stop
  child.unref();
  return {
    ended: ended.then(([code, signal]) => (signal as string | null) ?? (code as number)),
    async stop() {
      process.removeListener('exit', stopNow);
      child.ref();
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      await ended;
    },
  };
}

function start(program: string, args: string[], runAs: RunAs | undefined): ChildProcess {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  return spawn(program, args, { ...runAs, env, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Keeps the end of what a program says, for the message of its failure. */
function lastWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2000);
  });
  return () => words.trim();
}

const becomesReady = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.includes('ready to accept connections')) resolve();
    });
  });

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
