import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepSecretOf, setSetting } from '../../local/config/desk.ts';
import { openOperator } from '../../local/config/operator.ts';
import { startNexthink } from '../../local/nexthink.ts';
import { Pieces } from '../../local/pieces.ts';
import { type PortalDatabaseServer, startPortalDatabase } from '../../local/portal-database/portal-database.ts';
import { parseManifest } from '../../modules/archive/manifest.ts';
import { runGdpr } from '../cli/run-gdpr.ts';
import { untar } from '../support/archive.ts';
import { CompanyIssuer } from '../support/company-issuer.ts';
import { fewPeople } from '../support/portal.ts';
import { Started, systemIn } from '../support/started.ts';
import { createWidePortal } from '../support/wide-portal.ts';

/** What the simulators print. */
interface Nexthink {
  readonly engines: readonly { readonly url: string }[];
  readonly portal: { readonly url: string };
  readonly login: { readonly username: string; readonly password: string };
  readonly ca: string;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe("a Portal database of one's own, from an empty mapping to an anonymized person (docs/portal-mapping.md)", () => {
  let server: PortalDatabaseServer;
  let wide: Awaited<ReturnType<typeof createWidePortal>>;
  let folder: string;
  const started: Started[] = [];
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
    writeFileSync(join(folder, 'people.csv'), 'user,domain,device\nmiller,CORP,LT-1001\n');
    portalUrl = (role = '') => ['--portal-url', `postgresql://${role}${server.host}:${server.port}/${database}`];
  }, 120_000);
  afterAll(async () => {
    for (const each of started) await each.stop();
    await wide?.drop();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  it('is mapped, gets its roles, is checked and previewed by the command line alone (C31, R15)', async () => {
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
    const approve = (mapping: object) =>
      writeFileSync(join(folder, 'proposal/mapping.json'), JSON.stringify({ ...mapping, fingerprint }));
    approve(proposed);
    const undecided = { code: 1, stderr: expect.stringContaining('to be decided') };
    expect(await gdpr(...check)).toMatchObject(undecided);
    const rehearsal = [...portalUrl(), '--mapping', 'proposal/mapping.json', '--user', 'miller'];
    expect(await gdpr('portal', 'rehearse', ...rehearsal)).toMatchObject(undecided);
    approve({ ...proposed, decisions: [] });
    expect(await gdpr(...check)).toMatchObject({ code: 0, stderr: '' });
    expect((await gdpr('portal', 'roles', ...portalUrl(), '--mapping', 'proposal/mapping.json')).stdout).toBe(
      `${written('portal-roles.sql')}\n`,
    );
    expect((await gdpr('preview', ...own)).stdout).toMatch(/^\d+ rows of the Portal hold this user/);
  }, 180_000);

  it('leads, with Engines beside it, from a file to an archive and a certificate, all there after a restart (R30)', async () => {
    const engines = new Started(
      'local/simulator/main.ts',
      ['--engines', '2', '--rows', '60', '--people', 'people.csv'],
      folder,
    );
    started.push(engines);
    const nexthink = JSON.parse(await engines.says(/\n/)) as Nexthink;
    const { database } = await wide.as('owner')();
    mkdirSync(join(folder, 'conf'));
    copyFileSync(nexthink.ca, join(folder, 'conf/ca.pem'));
    const config = {
      portalApi: { url: nexthink.portal.url, trust: { mode: 'ca', pem: 'ca.pem' } },
      engineDefaults: { trust: { mode: 'ca', pem: 'ca.pem' } },
      engines: Object.fromEntries(
        nexthink.engines.map(({ url }, at) => [`engine-${at + 1}`, { port: Number(new URL(url).port) }]),
      ),
      portalDatabase: { host: server.host, port: server.port, database, mapping: '../proposal/mapping.json' },
      serviceAccount: { secretId: 'service-account' },
      allowLoopback: true,
      nightlyJobs: [],
    };
    const file = join(folder, 'conf/gdpr.yaml');
    writeFileSync(file, `# ours\n${JSON.stringify(config, null, 2)}\n`);
    const start = (...args: string[]) => {
      const system = new Started('local/main.ts', ['--config', file, ...args], folder);
      started.push(system);
      return system;
    };
    const password = (role: 'read' | 'anonymize' | 'verify' | 'maintain') => server.roles[role].password;
    const setSecret = (name: string, input: string, ...args: string[]) =>
      runGdpr(['secret', 'set', name, '--config', file, ...args], { cwd: folder, input: `${input}\n` });

    const without = start();
    expect([await without.exited, without.out.trim(), without.err]).toEqual([
      1,
      'Starting ...',
      expect.stringMatching(
        /portal\/read is missing; set it with: npm run -s gdpr -- secret set portal\/read\n(.*\n)*.*service-account --username NAME/,
      ),
    ]);
    expect(await setSecret('portal/read', password('read'))).toMatchObject({ code: 0, stderr: '' });
    const dataDir = join(folder, '.local');
    for (const role of ['anonymize', 'verify', 'maintain'] as const)
      keepSecretOf(file, dataDir, `portal/${role}`, role === 'verify' ? 'wrong' : password(role));
    expect(await setSecret('portal/raed', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it names portal/read'),
    });
    const { username } = nexthink.login;
    expect(await setSecret('service-account', nexthink.login.password, '--username', username)).toMatchObject({
      code: 0,
    });
    const operator = openOperator({ config: file }, dataDir);
    const fails = () => expect(startNexthink({ config: file }, new Pieces(), operator)).rejects;
    await fails().toThrow('portalDatabase: gdpr_verify cannot log in to the Portal database (28P01)');
    keepSecretOf(file, dataDir, 'portal/verify', password('verify'));
    await wide.owner.query('REVOKE SELECT ON hub.persons FROM gdpr_anonymize');
    await fails().toThrow('GRANT SELECT ON hub.persons TO gdpr_anonymize');
    await wide.owner.query('GRANT SELECT ON hub.persons TO gdpr_anonymize');
    expect((await gdpr('settings', 'check', '--config', file)).stdout).toContain(
      `Portal API: real, ${nexthink.portal.url}`,
    );

    const first = start();
    const banner = await first.says(/Ctrl-C/);
    expect(banner).toContain(`Portal database    real, ${server.host}:${server.port}/${database}`);
    expect(banner).toMatch(/People +simulated/);
    expect(await (await fetch(`${systemIn(folder)!.api}/config.json`)).text()).toContain('Simulated here: People');
    const second = start();
    expect([await second.exited, second.err]).toEqual([1, expect.stringContaining('runs here already')]);

    const asOperator = (...args: string[]) =>
      runGdpr([...args, '--login', username], { cwd: folder, env: { GDPR_PASSWORD: nexthink.login.password } });
    const retrieved = await asOperator('retrieve', '--user', 'CORP\\miller', '--out', 'gdpr-data.tar.gz');
    expect(retrieved).toMatchObject({ code: 0 });
    const archive = await untar(readFileSync(join(folder, 'gdpr-data.tar.gz')));
    const { sources, simulated } = parseManifest(archive['manifest.json']!);
    expect(simulated).toBeUndefined();
    expect(sources.map(({ name, state, tls }) => [name, state, tls])).toEqual([
      ['engine-1', 'DONE', 'ca'],
      ['engine-2', expect.stringMatching(/DONE|EMPTY/), 'ca'],
      ['portal', 'DONE', undefined],
    ]);

    writeFileSync(file, readFileSync(file, 'utf8').replace('"allowLoopback": true', '"allowLoopback": "perhaps"'));
    expect(await asOperator('preview', '--user', 'CORP\\miller')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The settings are not right'),
    });
    expect(await gdpr('settings', 'check')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('gdpr.yaml: allowLoopback: write true or false'),
    });
    setSetting(file, 'allowLoopback', 'true');
    expect(await gdpr('settings', 'set', 'retention.engineDays', '45')).toMatchObject({ code: 0 });
    expect([readFileSync(file, 'utf8').startsWith('# ours\n'), statSync(file).mode & 0o777]).toEqual([true, 0o600]);
    const done = await asOperator('anonymize', '--user', 'CORP\\miller', '--irreversible', '--json');
    expect(done).toMatchObject({ code: 0 });
    const { requestId } = JSON.parse(done.stdout);
    const certificate = (await gdpr('certificate', 'get', requestId)).stdout;
    const until = new Date(Date.now() + 45 * 86_400_000).toISOString().slice(0, 10);
    expect(certificate).toContain(`"until": "${until}"`);
    expect((await wide.owner.query("SELECT 1 FROM hub.persons WHERE login = 'miller'")).rows).toEqual([]);
    expect(await first.stop()).toBe(0);

    const issuer = await CompanyIssuer.start();
    writeFileSync(join(folder, 'conf/issuer.pem'), issuer.peer.caPem);
    const provider = { issuer: issuer.url, audience: 'gdpr-api', clientId: 'console', scopeClaim: 'roles' };
    setSetting(file, 'identityProvider', JSON.stringify({ ...provider, trust: { mode: 'ca', pem: 'issuer.pem' } }));
    const kept = readFileSync(file, 'utf8');
    const again = start();
    const ofCompany = await again.says(/Ctrl-C/);
    expect(ofCompany).toContain(`Log-in             at ${issuer.url}`);
    expect(ofCompany + JSON.stringify(systemIn(folder))).not.toMatch(/Console login|consoleLogin|otherPeople/);
    const asPerson = async (roles: string[]) =>
      await fetch(`${systemIn(folder)!.api}/v1/requests`, {
        headers: { authorization: `Bearer ${await issuer.token({ roles })}` },
      });
    const { components } = await (await fetch(`${systemIn(folder)!.api}/openapi.json`)).json();
    expect(components.securitySchemes.token.openIdConnectUrl).toBe(`${issuer.url}/.well-known/openid-configuration`);
    expect((await asPerson(['gdpr.read'])).status).toBe(200);
    expect((await asPerson(['mail.read'])).status).toBe(403);
    await issuer.peer.stop();
    expect(JSON.parse((await gdpr('list', '--json')).stdout).requests).toHaveLength(2);
    expect(JSON.parse((await gdpr('settings', 'get', 'retention.engineDays')).stdout)).toBe(45);
    expect(readFileSync(file, 'utf8')).toBe(kept);
    expect(await again.stop()).toBe(0);
    const secrets = ['read', 'anonymize', 'verify', 'maintain'].map((role) => password(role as 'read'));
    for (const leak of filesIn(join(folder, '.local')).filter((path) => !path.includes('/secrets/')))
      for (const secret of [...secrets, nexthink.login.password])
        expect(readFileSync(leak).includes(secret), leak).toBe(false);
  }, 240_000);

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
