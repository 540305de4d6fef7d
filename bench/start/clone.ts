import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { endAll, killAll } from './processes.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
/** The process of `npm start` that Ctrl-C is for. */
const MAIN = 'local/main.ts';
const MAX_READY_SECONDS = 600;

/** The environment of a shell in which nothing of this project is set: neither npm's variables nor its programs. */
function plainEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|GDPR_|INIT_CWD$|NODE)/i.test(name));
  const folders = (process.env.PATH ?? '').split(delimiter);
  const path = folders.filter((folder) => !folder.includes('node_modules')).join(delimiter);
  return { ...Object.fromEntries(kept as [string, string][]), PATH: path };
}

function run(folder: string, command: string, args: readonly string[], env: Record<string, string> = {}): void {
  const { status, stderr } = spawnSync(command, args, {
    cwd: folder,
    env: { ...plainEnvironment(), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with ${status}: ${stderr}`);
}

/** Clones the commit that is checked out here. What is not committed is not in it. @returns the folder */
export function cloneProject(parent: string): string {
  const folder = join(parent, 'clone');
  const head = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: PROJECT, encoding: 'utf8' }).stdout.trim();
  run(parent, 'git', ['clone', '--quiet', '--no-checkout', PROJECT, folder]);
  run(folder, 'git', ['checkout', '--quiet', '--detach', head]);
  return folder;
}

/** Installs once, in a clone that is thrown away, what `npm start` installs: then npm's cache holds all of it. */
export function warmCache(parent: string): void {
  const folder = cloneProject(parent);
  run(folder, 'node', ['install.mjs']);
  rmSync(folder, { recursive: true, force: true });
}

/** A system that `npm start` brought up. */
export interface Started {
  /** From the command to the line that begins with `Ready`. */
  readonly seconds: number;
  /** What that line says. */
  readonly banner: string;
  /** Number of the process that leads the session of all its processes. */
  readonly leader: number;
  stop(): Promise<void>;
}

/** Runs `npm start` in the clone until it says that it is ready. @throws when it ends or takes too long before that */
export async function startSystem(clone: string): Promise<Started> {
  const began = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: clone,
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a session of its own, by which all its processes are found
  });
  const leader = child.pid;
  if (leader === undefined) throw new Error('npm could not be started');
  const kill = () => killAll(leader);
  process.prependOnceListener('exit', kill); // before the folder of the clone is removed
  const stop = async () => {
    await endAll(leader, MAIN);
    process.off('exit', kill);
  };
  try {
    const banner = await readyLine(child);
    return { seconds: (performance.now() - began) / 1000, banner, leader, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readyLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    const lines: string[] = [];
    const giveUp = (why: string) => fail(new Error(`npm start ${why}:\n${lines.join('\n')}`));
    const timer = setTimeout(giveUp, MAX_READY_SECONDS * 1000, `was not ready after ${MAX_READY_SECONDS} s`);
    const read = (line: string) => {
      lines.push(line);
      if (!/^Ready\b/.test(line)) return;
      clearTimeout(timer);
      done(line);
    };
    createInterface({ input: child.stdout! }).on('line', read);
    createInterface({ input: child.stderr! }).on('line', read);
    child.once('close', (code) => {
      clearTimeout(timer);
      giveUp(`ended with ${code}`);
    });
  });
}

/** Retrieves everything about the first sample user by the command line tool. @returns how long it took, seconds */
export function retrieveOnce(clone: string): number {
  const system = JSON.parse(readFileSync(join(clone, '.local/system.json'), 'utf8')) as {
    readonly login: { readonly username: string; readonly password: string };
    readonly users: readonly string[];
  };
  const { username, password } = system.login;
  const args = ['run', '-s', 'gdpr', '--', 'retrieve', '--user', system.users[0]!, '--out', 'gdpr-data.tar.gz'];
  const began = performance.now();
  run(clone, 'npm', args, { GDPR_LOGIN: username, GDPR_PASSWORD: password });
  return (performance.now() - began) / 1000;
}
