import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountFor, reachableFolder } from '../../local/portal-database/postgres-binaries.ts';

const MAIN = resolve(import.meta.dirname, '../../local/main.ts');

describe('npm start', () => {
  let folder: string;
  const running: ChildProcess[] = [];
  const startIn = (cwd: string, ...args: string[]) => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    running.push(child);
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    return { child, exited, out: text(child.stdout), err: text(child.stderr) };
  };
  const start = (...args: string[]) => startIn(folder, ...args);
  const systemFile = (of = folder) => join(of, '.local/system.json');
  const ready = async (of = folder) => {
    for (;;) {
      const file = await readFile(systemFile(of), 'utf8').catch(() => ''); // a start removes the file of one that was killed
      if (file) return JSON.parse(file);
      await sleep(50);
    }
  };
  /** Where the databases of `.local/` really are: for root, in a place that PostgreSQL's account can enter. */
  const databases = async (of = folder): Promise<string[]> => {
    const kept = (await readdir(join(of, '.local')).catch(() => [])).filter((name) => name.startsWith('portal-'));
    return Promise.all(kept.map((name) => reachableFolder(join(of, '.local', name), accountFor())));
  };
  /** Command lines of processes that work in the folder, or in its databases, or name them. */
  const inFolder = async (): Promise<string[]> => {
    const places = [folder, ...(await databases())];
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = pids.map(async (pid) => {
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return `${place} ${await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')}`;
    });
    return (await Promise.all(lines)).filter((line) => places.some((one) => line.includes(one)));
  };

  /** Memory of a process and all that it started, MB; what they share counts once. */
  const memoryOf = async (pid: number): Promise<number> => {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    const below = await Promise.all(
      children
        .split(' ')
        .filter(Boolean)
        .map((child) => memoryOf(Number(child))),
    );
    return below.reduce((sum, one) => sum + one, Number(/^Pss: +(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'start-'));
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    for (const place of await databases()) await rm(place, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  });

  it('prints how to log in, holds less than 1 GB, refuses a second start, and leaves no process behind (R26)', async () => {
    const first = start('--rows', '200');
    const system = await ready();
    const second = start();
    const health = await fetch(`${system.api}/health`);
    const refused = await second.exited;
    const memory = await memoryOf(first.child.pid!);
    first.child.kill('SIGINT');

    const [code, out] = [await first.exited, await first.out];
    expect(health.status).toBe(200);
    expect(memory).toBeGreaterThan(100); // the whole system was counted
    expect(memory).toBeLessThan(1000);
    expect([refused, await second.err]).toEqual([1, expect.stringContaining('runs here already')]);
    expect(code).toBe(0);
    for (const shown of [
      system.api,
      system.login.password,
      system.consoleLogin.password,
      system.users[0],
      system.devices[0],
    ]) {
      expect(out).toContain(shown);
    }
    expect(out).toContain(`npm run gdpr -- retrieve --user ${system.users[0]} --out`);
    expect(existsSync(systemFile())).toBe(false);
    expect(await inFolder()).toEqual([]);
  });

  it('keeps its logins and data from one start to the next', async () => {
    const first = start('--rows', '200');
    const before = await ready();
    first.child.kill('SIGTERM');
    await first.exited;
    const second = start('--rows', '200');
    const after = await ready();
    const list = await fetch(`${after.api}/v1/requests/none`, { headers: { authorization: `Bearer ${before.token}` } });
    second.child.kill('SIGTERM');

    expect(await second.exited).toBe(0);
    expect(after.consoleLogin).toEqual(before.consoleLogin);
    expect(list.status).not.toBe(401);
  });

  it('starts again after it was killed, over the database that was left running', async () => {
    const killed = start('--rows', '200');
    await ready();
    killed.child.kill('SIGKILL');
    await killed.exited;
    const again = start('--rows', '200');
    while ((await ready()).pid !== again.child.pid) await sleep(50);
    again.child.kill('SIGINT');

    expect(await again.exited).toBe(0);
    expect(await inFolder()).toEqual([]);
  });

  it('takes another port beside a system of another folder that starts at the same moment (C49)', async () => {
    const other = await mkdtemp(join(folder, 'other-'));
    const [first, second] = [start('--rows', '20'), startIn(other, '--rows', '20')];
    const systems = await Promise.all([ready(), ready(other)]);
    const health = await Promise.all(systems.map(({ api }) => fetch(`${api}/health`)));
    for (const { child } of [first, second]) child.kill('SIGINT');

    expect(await Promise.all([first.exited, second.exited])).toEqual([0, 0]);
    expect(systems[0].api).not.toBe(systems[1].api);
    expect(health.map(({ status }) => status)).toEqual([200, 200]);
    for (const place of await databases(other)) await rm(place, { recursive: true, force: true });
  });

  it('refuses options that make no sense, and faults of Engines that are not there', async () => {
    const wrong = start('--engines', 'many');
    const unknown = start('--fault', 'engine-9=down', '--rows', '10');

    expect([await wrong.exited, await wrong.err]).toEqual([2, expect.stringContaining('Usage: npm start')]);
    expect([await unknown.exited, await unknown.err]).toEqual([1, expect.stringContaining('engine-9=down')]);
    expect(await inFolder()).toEqual([]);
  });
});
