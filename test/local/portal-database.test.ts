import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPortalDatabase } from '../../local/portal-database/portal-database.ts';
import { accountFor, reachableFolder } from '../../local/portal-database/postgres-binaries.ts';
import { fewPeople, HARD_NAMES, runAs } from '../support/portal.ts';

const NOW = new Date('2026-03-10T12:00:00Z');

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });

describe('startPortalDatabase', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = join(await mkdtemp(join(tmpdir(), 'portal-test-')), 'portal');
    await chmod(join(dataDir, '..'), 0o755);
  });
  afterAll(() => rm(join(dataDir, '..'), { recursive: true }));

  it('keeps data and logins from one start to the next, and leaves nothing running (R26)', async () => {
    const first = await startPortalDatabase({ dataDir, people: fewPeople(), days: 3, now: NOW });
    await runAs(first, 'owner', "INSERT INTO portal.users (name) VALUES ('added later')");
    const before = await runAs(first, 'read', 'SELECT count(*) FROM portal.count_metric_details');
    await first.stop();
    expect(await listens(first.port)).toBe(false);

    const second = await startPortalDatabase({ dataDir, people: fewPeople(HARD_NAMES), days: 3, now: NOW });
    try {
      expect(second.roles).toEqual(first.roles);
      expect(await runAs(second, 'verify', 'SELECT count(*) FROM portal.count_metric_details')).toEqual(before);
      expect(await runAs(second, 'read', 'SELECT name FROM portal.users ORDER BY user_id DESC LIMIT 1')).toEqual([
        { name: 'added later' },
      ]);
    } finally {
      await second.stop();
    }
    expect(await listens(second.port)).toBe(false);
  });

  it('leaves no server behind when the process that started it dies of an error (R26)', async () => {
    const module = new URL('../../local/portal-database/portal-database.ts', import.meta.url).href;
    const script = `
      const { startPortalDatabase } = await import('${module}');
      const { port } = await startPortalDatabase({
        dataDir: ${JSON.stringify(join(dataDir, '..', 'abandoned'))}, people: { users: [], devices: [] }, days: 1,
      });
      process.stdout.write(String(port));
      setTimeout(() => { throw new Error('unforeseen') });`;

    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });

    expect(status).toBe(1);
    expect(stdout).toMatch(/^\d+$/);
    await expect.poll(() => listens(Number(stdout)), { timeout: 5000 }).toBe(false);
  });

  it('starts a server again that was killed, on its port, says so, and ends it for good when asked (R26)', async () => {
    const said: string[] = [];
    const home = join(dataDir, '..', 'killed');
    const server = await startPortalDatabase({
      dataDir: home,
      people: fewPeople(),
      days: 1,
      say: (line) => said.push(line),
    });
    const pidFile = (await readdir(home, { recursive: true })).find((file) => file.endsWith('postmaster.pid'))!;
    const pid = async () => Number((await readFile(join(home, pidFile), 'utf8')).split('\n')[0]);
    const first = await pid();
    process.kill(first, 'SIGKILL');
    await expect.poll(() => said.length, { timeout: 60_000 }).toBe(2);

    expect(said[0]).toBe('The Portal database has ended (SIGKILL); it is started again ...');
    expect(said[1]).toMatch(/^The Portal database runs again/);
    expect(await runAs(server, 'read', "SELECT name FROM portal.users WHERE name = 'jdoe'")).toEqual([
      { name: 'jdoe' },
    ]);
    expect(await pid()).not.toBe(first);
    await server.stop();
    expect(await listens(server.port)).toBe(false);
    expect(said).toHaveLength(2);
  });

  it('works below a folder that others cannot enter, for root too (R26)', async () => {
    const closed = join(dataDir, '..', 'closed');
    await mkdir(closed, { mode: 0o700 });
    const server = await startPortalDatabase({
      dataDir: join(closed, 'portal'),
      people: fewPeople(),
      days: 1,
      now: NOW,
    });
    try {
      expect(await runAs(server, 'read', "SELECT name FROM portal.users WHERE name = 'jdoe'")).toEqual([
        { name: 'jdoe' },
      ]);
    } finally {
      await server.stop();
      await rm(await reachableFolder(join(closed, 'portal'), accountFor()), { recursive: true, force: true });
    }
  });

  it('gives each role no more than it needs, and logs no statement (R24)', async () => {
    const server = await startPortalDatabase({ people: fewPeople(), days: 2, now: NOW });
    try {
      for (const role of ['read', 'verify'] as const) {
        await expect(runAs(server, role, "UPDATE portal.users SET name = 'x'")).rejects.toThrow('permission denied');
        await expect(runAs(server, role, 'DELETE FROM gdpr.anonymization_run')).rejects.toThrow('permission denied');
      }
      await runAs(server, 'anonymize', "UPDATE portal.users SET name = name || ''");
      for (const refused of [
        'UPDATE portal.count_metric_details SET user_id = 7',
        'DELETE FROM portal.users',
        "UPDATE portal.metrics SET name = 'x'",
        "INSERT INTO portal.saved_selections (title, members) VALUES ('x', '{}')",
      ]) {
        await expect(runAs(server, 'anonymize', refused)).rejects.toThrow('permission denied');
      }
      expect(
        await runAs(
          server,
          'owner',
          `SELECT name, setting FROM pg_settings WHERE name IN ('log_statement', 'log_min_error_statement',
             'log_min_duration_statement', 'log_error_verbosity', 'listen_addresses') ORDER BY name`,
        ),
      ).toEqual([
        { name: 'listen_addresses', setting: '127.0.0.1' },
        { name: 'log_error_verbosity', setting: 'terse' },
        { name: 'log_min_duration_statement', setting: '-1' },
        { name: 'log_min_error_statement', setting: 'panic' },
        { name: 'log_statement', setting: 'none' },
      ]);
    } finally {
      await server.stop();
    }
  });

  it('says of its schema that it is our own', async () => {
    const schema = await readFile(new URL('../../local/portal-database/schema.sql', import.meta.url), 'utf8');

    expect(schema.split('\n')[0]).toContain('reference schema of our own');
  });
});
