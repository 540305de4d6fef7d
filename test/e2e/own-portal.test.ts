import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalDatabaseServer, startPortalDatabase } from '../../local/portal-database/portal-database.ts';
import { runGdpr } from '../cli/run-gdpr.ts';
import { fewPeople } from '../support/portal.ts';
import { createWidePortal } from '../support/wide-portal.ts';

describe("a Portal database of one's own, from an empty mapping to an anonymized person (docs/portal-mapping.md)", () => {
  let server: PortalDatabaseServer;
  let wide: Awaited<ReturnType<typeof createWidePortal>>;
  let folder: string;
  let portalUrl: (role?: string) => string[];
  const gdpr = (...args: string[]) => runGdpr(args, { cwd: folder, env: { PGPASSFILE: join(folder, 'pgpass') } });

  beforeAll(async () => {
    server = await startPortalDatabase({ people: fewPeople(), days: 1 });
    wide = await createWidePortal(server, 8);
    folder = mkdtempSync(join(tmpdir(), 'own-portal-'));
    const { database } = await wide.as('owner')();
    const lines = Object.values(server.roles).map(
      ({ username, password }) => `${server.host}:${server.port}:*:${username}:${password}`,
    );
    writeFileSync(join(folder, 'pgpass'), lines.join('\n'), { mode: 0o600 });
    portalUrl = (role = '') => ['--portal-url', `postgresql://${role}${server.host}:${server.port}/${database}`];
  }, 120_000);
  afterAll(async () => {
    await wide?.drop();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  it('is mapped, gets its roles, is checked, previewed and anonymized by the command line alone (C31, R15)', async () => {
    const found = await gdpr('portal', 'discover', ...portalUrl('portal_owner@'), '--out', 'proposal');
    expect(found).toMatchObject({ code: 0, stdout: '' });
    const written = (file: string) => readFileSync(join(folder, 'proposal', file), 'utf8');
    await wide.owner.query(written('portal-roles.sql'));
    const proposed = JSON.parse(written('mapping.json'));
    expect(proposed.decisions.length).toBeLessThan(100);
    expect(found.stderr + written('review.html')).not.toMatch(/miller|@mail\.example/i);

    const check = ['portal', 'check', ...portalUrl(), '--mapping', 'proposal/mapping.json'];
    const unapproved = await gdpr(...check);
    expect(unapproved).toMatchObject({ code: 0, stdout: 'The mapping fits the database.\n' });
    const [fingerprint] = /[0-9a-f]{64}/.exec(unapproved.stderr)!;
    const own = ['--local', ...portalUrl(), '--portal-mapping', 'proposal/mapping.json', '--user', 'miller'];
    expect(await gdpr('preview', ...own)).toMatchObject({ code: 1, stderr: expect.stringContaining('fingerprint') });
    const approve = (mapping: object) =>
      writeFileSync(join(folder, 'proposal/mapping.json'), JSON.stringify({ ...mapping, fingerprint }));
    approve(proposed);
    const undecided = { code: 1, stderr: expect.stringContaining('to be decided') };
    expect(await gdpr(...check)).toMatchObject(undecided);
    expect(await gdpr('preview', ...own)).toMatchObject(undecided);
    const rehearsal = [...portalUrl(), '--mapping', 'proposal/mapping.json', '--user', 'miller'];
    expect(await gdpr('portal', 'rehearse', ...rehearsal)).toMatchObject(undecided);
    approve({ ...proposed, decisions: [] });
    expect(await gdpr(...check)).toMatchObject({ code: 0, stderr: '' });
    expect((await gdpr('portal', 'roles', ...portalUrl(), '--mapping', 'proposal/mapping.json')).stdout).toBe(
      `${written('portal-roles.sql')}\n`,
    );

    expect((await gdpr('preview', ...own)).stdout).toMatch(/^\d+ rows of the Portal hold this user/);
    const done = await gdpr('anonymize', ...own, '--irreversible');
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('is anonymized in the Portal') });
    expect((await wide.owner.query("SELECT 1 FROM hub.persons WHERE login = 'miller'")).rows).toEqual([]);
  }, 180_000);

  it('needs a mapping, and a password that is no argument (R23, R24)', async () => {
    const [flag, url] = portalUrl() as [string, string];
    const preview = (...args: string[]) => runGdpr(['preview', '--local', '--user', 'x', ...args], { cwd: folder });
    const together = { code: 2, stderr: expect.stringContaining('--portal-url and --portal-mapping go together') };
    const [unlocked, locked] = [
      await preview(flag, url, '--portal-mapping', 'pgpass'),
      await preview(flag, url.replace('//', '//gdpr_read:s3cret@'), '--portal-mapping', 'pgpass'),
    ];

    expect(await preview(flag, url)).toMatchObject(together);
    expect(unlocked).toMatchObject({ code: 2, stderr: expect.stringContaining('no password for gdpr_') });
    expect(locked).toMatchObject({ code: 2, stderr: expect.stringContaining('must be without a password') });
    expect(locked.stderr).not.toContain('s3cret');
  }, 60_000);
});
