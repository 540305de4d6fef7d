import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalSystem } from '../../local/system.ts';
import { AlreadyRunningError, SystemFile } from '../../local/system-file.ts';

describe('SystemFile', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'system-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A process whose command line looks like that of `npm start`. */
  const aSystem = async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'local/main.ts']);
    await once(child, 'spawn');
    return child;
  };

  it('tells callers on this machine how to reach the system, and nobody else', async () => {
    const login = { username: 'u', password: 'p' };
    const system = {
      apiUrl: 'http://127.0.0.1:1',
      token: 't',
      login,
      consoleLogin: login,
      otherPeople: [login],
      machine: { clientId: 'm', clientSecret: 's' },
      users: ['a'],
      devices: ['b'],
      portal: {
        host: '127.0.0.1',
        port: 5,
        roles: { read: { username: 'gdpr_read', password: 'pw', database: 'portal' } },
      },
    };
    const file = await SystemFile.claim(folder);

    await file.publish(system as unknown as LocalSystem);

    const path = join(folder, 'system.json');
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      api: 'http://127.0.0.1:1',
      token: 't',
      login,
      consoleLogin: login,
      otherPeople: [login],
      machine: { clientId: 'm', clientSecret: 's' },
      users: ['a'],
      devices: ['b'],
      portalUrl: 'postgresql://gdpr_read:pw@127.0.0.1:5/portal',
      pid: process.pid,
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await file.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a second system beside a living one', async () => {
    const child = await aSystem();
    await writeFile(join(folder, 'lock'), String(child.pid));
    await writeFile(join(folder, 'system.json'), '{"api":"http://127.0.0.1:8080"}');

    const claim = SystemFile.claim(folder);

    await expect(claim).rejects.toThrow(AlreadyRunningError);
    await expect(claim).rejects.toThrow(`http://127.0.0.1:8080 (process ${child.pid})`);
    child.kill();
    await once(child, 'exit');
  });

  it('is claimed by one of several processes that start at the same moment, over what a dead one left behind', async () => {
    const child = await aSystem();
    child.kill();
    await once(child, 'exit');
    await writeFile(join(folder, 'lock'), String(child.pid));
    const script = `
      const { SystemFile } = await import(${JSON.stringify(new URL('../../local/system-file.ts', import.meta.url))});
      process.stdin.resume().on('end', () => process.exit());
      process.send('there');
      await new Promise((resolve) => process.once('message', resolve));
      await SystemFile.claim(${JSON.stringify(folder)}).then(() => process.send('claimed'), ({ name }) => process.send(name));`;
    const options = { stdio: ['pipe', 'inherit', 'inherit', 'ipc'] as const };
    const children = Array.from({ length: 5 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script, 'local/main.ts'], { stdio: [...options.stdio] }),
    );
    await Promise.all(children.map((one) => once(one, 'message')));
    const answers = children.map((one) => once(one, 'message'));
    for (const one of children) one.send('go');

    const texts = (await Promise.all(answers)).map(([message]) => String(message));

    expect(texts.sort()).toEqual([...Array(4).fill('AlreadyRunningError'), 'claimed']);
    for (const one of children) one.stdin!.end();
    await Promise.all(children.map((one) => once(one, 'exit')));
  });

  it('takes over what a dead process, or one of another kind, left behind', async () => {
    const child = await aSystem();
    child.kill();
    await once(child, 'exit');

    for (const pid of [child.pid, process.ppid, 'nonsense']) {
      await writeFile(join(folder, 'lock'), String(pid));
      await writeFile(join(folder, 'system.json'), '{}');
      await SystemFile.claim(folder);
      expect(await readFile(join(folder, 'lock'), 'utf8')).toBe(String(process.pid));
      expect(await readdir(folder)).toEqual(['lock']);
    }
  });
});
