import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { LocalSystem } from './system.ts';

/** A system runs in this folder already. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';
  constructor(pid: number, api: string | undefined) {
    super(
      `A system runs here already${api ? ` at ${api}` : ', still starting'} (process ${pid}). Stop it with Ctrl-C first.`,
    );
  }
}

/** The claim of one process on a data folder, and `system.json` in it, by which the command line tool finds the system. */
export class SystemFile {
  readonly #lock: string;
  readonly #file: string;

  private constructor(folder: string) {
    this.#lock = join(folder, 'lock');
    this.#file = join(folder, 'system.json');
  }

  /**
   * Takes the folder for this process. What a process left behind that is gone by now is taken over.
   * @throws {AlreadyRunningError}
   */
  static async claim(folder: string): Promise<SystemFile> {
    await mkdir(folder, { recursive: true, mode: 0o711 }); // PostgreSQL may run as another account: it passes through
    const claim = new SystemFile(folder);
    const draft = `${claim.#lock}.${process.pid}`;
    await writeFile(draft, String(process.pid), { mode: 0o600 });
    try {
      while (!(await takes(draft, claim.#lock))) await claim.#clearLeftover(draft);
    } finally {
      await rm(draft, { force: true });
    }
    await rm(claim.#file, { force: true });
    return claim;
  }

  /**
   * Writes how to reach the system, readable by its owner alone: it holds a token and passwords.
   * @param config the operator's file
   */
  async publish(system: LocalSystem, config?: string): Promise<void> {
    const { apiUrl: api, ticketsUrl, token, consoleLogin, machine, users, devices } = system;
    const otherPeople = system.otherPeople.map(({ username, password }) => ({ username, password }));
    const portalUrl = addressOf(system.portal);
    const sample = users.length > 0 ? { login: system.login } : {};
    const people = { ...sample, ...(system.issuer === undefined && { consoleLogin, otherPeople, machine }) };
    const content = { api, ticketsUrl, token, ...people, users, devices, portalUrl, config, pid: process.pid };
    const draft = `${this.#file}.new`;
    await writeFile(draft, JSON.stringify(content, null, 2), { mode: 0o600 });
    await rename(draft, this.#file);
  }

  /** Gives the folder back. */
  async release(): Promise<void> {
    await rm(this.#file, { force: true });
    await rm(this.#lock, { force: true });
  }

  /**
   * Removes the lock of a process that is gone. Only who holds `lock.clear` may remove it: otherwise a slow process would remove
   * the lock that another one has taken meanwhile.
   */
  async #clearLeftover(draft: string): Promise<void> {
    await this.#refuseWhileAlive();
    const right = `${this.#lock}.clear`;
    if (await takes(draft, right)) {
      try {
        if (await isLeftBehind(this.#lock)) await rm(this.#lock, { force: true });
      } finally {
        await rm(right, { force: true });
      }
    } else if (await isLeftBehind(right)) await rm(right, { force: true });
    else await wait(5);
  }

  async #refuseWhileAlive(): Promise<void> {
    const pid = Number(await readFile(this.#lock, 'utf8').catch(() => ''));
    if (!isSystem(pid)) return;
    const text = await readFile(this.#file, 'utf8').catch(() => '{}');
    throw new AlreadyRunningError(pid, (JSON.parse(text) as { api?: string }).api);
  }
}

/** Makes a lock, with the process number in it from the first moment; false when there is one. */
async function takes(draft: string, lock: string): Promise<boolean> {
  try {
    await link(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** True for a lock that is there and whose process is gone. */
async function isLeftBehind(lock: string): Promise<boolean> {
  const pid = await readFile(lock, 'utf8').catch(() => undefined);
  return pid !== undefined && !isSystem(Number(pid));
}

/** Address of the Portal database with the role that may only read; without the password where the database is the operator's own. */
function addressOf({ host, port, roles, isGiven }: LocalSystem['portal']): string {
  const { username, password, database } = roles.read;
  return `postgresql://${username}${isGiven ? '' : `:${password}`}@${host}:${port}/${database}`;
}

/** True when the process lives and is a system like this one; its number may have gone to another program since. */
function isSystem(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('local/main.ts');
  } catch {
    return true; // no such file system here: the number must do
  }
}
