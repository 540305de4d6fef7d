import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The lock of a project with one package to run and one to test. */
const LOCK = {
  packages: {
    '': {},
    'node_modules/runs': { version: '1.0.0' },
    'node_modules/tests': { version: '1.0.0', dev: true },
  },
};
const TOOLS = ['curl', 'jq', 'openssl', 'chromium-headless-shell', 'bsdtar', 'python3', 'busybox', 'pigz', '7z'];

describe('install.mjs', () => {
  let folder: string;
  let programs: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'install-'));
    programs = join(folder, 'programs');
    await mkdir(programs);
    await copyFile(resolve(import.meta.dirname, '../install.mjs'), join(folder, 'install.mjs'));
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(LOCK));
    await symlink(process.execPath, join(programs, 'node'));
    await program('npm', 'sleep 0.3; mkdir -p node_modules');
    await program('apt-get');
    await symlink('/bin/sleep', join(programs, 'sleep'));
    await symlink('/bin/mkdir', join(programs, 'mkdir'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A program that notes how it was called. */
  const program = async (name: string, script = '') => {
    const file = join(programs, name);
    await writeFile(file, `#!/bin/sh\necho "${name} $*" >> ${join(folder, 'calls')}\n${script}\n`);
    await chmod(file, 0o755);
  };
  const calls = async (): Promise<string[]> =>
    (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const start = (...options: string[]): ChildProcess =>
    spawn(process.execPath, [join(folder, 'install.mjs'), ...options], { env: { PATH: programs } });
  const endOf = async (child: ChildProcess) => {
    const [words, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
    return { words, code: code as number };
  };
  const install = (...options: string[]) => endOf(start(...options));

  it('says what it is about to install, then installs what the system needs to run, once', async () => {
    const first = await install();
    const second = await install();

    expect(first.words).toMatch(/^Installing 1 npm packages of package-lock\.json .* \(about .* a minute\) \.\.\.$/m);
    expect(second).toEqual({ words: '', code: 0 });
    expect(await calls()).toEqual(['npm ci --omit=dev --loglevel=error --no-audit --no-fund']);
  });

  it('adds what tests and builds need, and leaves the rest, which a system that runs is using', async () => {
    await install();
    const added = await install('--all');
    await install('--all');
    await install();

    expect(added.words).toContain('Installing 2 npm packages');
    expect((await calls()).slice(1)).toEqual([
      'npm install --no-save --include=dev --loglevel=error --no-audit --no-fund',
    ]);
  });

  it('installs again when package-lock.json has changed', async () => {
    await install('--all');
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ ...LOCK, changed: true }));
    await install('--all');

    expect((await calls()).map((call) => call.slice(0, 20))).toEqual(Array(2).fill('npm ci --include=dev'));
  });

  it('takes packages that somebody installed by hand', async () => {
    await mkdir(join(folder, 'node_modules'));
    await writeFile(join(folder, 'node_modules/.package-lock.json'), JSON.stringify(LOCK));

    expect(await install('--all')).toEqual({ words: '', code: 0 });
    expect(await calls()).toEqual([]);
  });

  it('installs once when two start at the same moment, also after one that was killed', async () => {
    await writeFile(join(folder, '.installing'), '999999999');

    const both = await Promise.all([start(), start()].map(endOf));

    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.map(({ words }) => words).join()).toContain('Another process installs');
    expect(await calls()).toHaveLength(1);
  });

  it('fails with its message when npm does', async () => {
    await program('npm', 'exit 1');

    const { words, code } = await install();

    expect([words, code]).toEqual([expect.stringContaining('npm ci failed; its message is above'), 1]);
  });

  it('names each Debian package that is missing, and why root is about to install it', async () => {
    for (const tool of TOOLS.filter((name) => name !== '7z' && name !== 'chromium-headless-shell')) await program(tool);

    const { words } = await install('--test');

    const lines = words.split('\n').slice(1, -1);
    if (process.getuid?.() === 0) {
      expect(lines.slice(1)).toEqual([
        expect.stringMatching(/^ {2}chromium-headless-shell: the console is tested in a browser/),
        '  p7zip-full: archives must open in it',
      ]);
      expect((await calls()).slice(1)).toEqual([
        'apt-get update -qq',
        'apt-get install -y -qq --no-install-recommends chromium-headless-shell p7zip-full',
      ]);
    } else {
      expect(lines).toEqual([
        expect.stringContaining('sudo apt-get install --no-install-recommends chromium-headless-shell p7zip-full'),
      ]);
    }
  });

  it('asks for what the deep tests call only when they are about to run', async () => {
    for (const tool of TOOLS) await program(tool);

    expect((await install('--test')).words).not.toContain('postgresql-client');
    expect((await install('--test', '--deep')).words).toContain('postgresql-client');
  });
});
