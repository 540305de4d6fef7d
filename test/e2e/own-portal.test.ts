import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Document, parseDocument } from 'yaml';
import { keepSecretOf, setSetting } from '../../local/config/desk.ts';
import { openOperator } from '../../local/config/operator.ts';
import { startNexthink } from '../../local/nexthink.ts';
import { Pieces } from '../../local/pieces.ts';
import { type PortalDatabaseServer, startPortalDatabase } from '../../local/portal-database/portal-database.ts';
import { findDeadPort } from '../../local/simulator/servers/serving.ts';
import { parseManifest } from '../../modules/archive/manifest.ts';
import { runGdpr } from '../cli/run-gdpr.ts';
import { untar } from '../support/archive.ts';
import { CompanyIssuer } from '../support/company-issuer.ts';
import { fewPeople } from '../support/portal.ts';
import { Started, systemIn } from '../support/started.ts';
import { blocksOf, type } from '../support/typed-page.ts';
import { createWidePortal } from '../support/wide-portal.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

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

/** What a person answers to prompts: passwords of roles and accounts, and `\password` of psql. */
const ANSWERS = `
gdpr() {
  if [ "$1 \${2-}" = 'secret set' ]; then node "$GDPR" "$@" < "$ANSWERS/\${3//\\//-}"; else node "$GDPR" "$@"; fi
}
psql() {
  case "$*" in *' -f '*) set -- "$@" -c '' ;; *) set -- "$@" -f "$ANSWERS/passwords.sql" ;; esac
  if type -P psql > /dev/null; then command psql "$@"; else node "$PSQL" "$@"; fi
}
newest() { gdpr list --json | node -p 'JSON.parse(fs.readFileSync(0, "utf8")).requests[0].requestId'; }`;

/** Sets fields of a file by hand; `undefined` takes one out. */
function edit(file: string, fields: Readonly<Record<string, unknown>>): void {
  const document: Document = parseDocument(readFileSync(file, 'utf8'));
  for (const [path, value] of Object.entries(fields)) {
    if (value === undefined) document.deleteIn(path.split('.'));
    else document.setIn(path.split('.'), document.createNode(value));
  }
  writeFileSync(file, document.toString({ lineWidth: 0 }));
}

const ROLES = ['read', 'anonymize', 'verify', 'maintain'] as const;
const PERSON = 'kellerh7';

describe('a real Nexthink, as the pages say it (docs/portal-mapping.md, docs/on-premises.md)', () => {
  let server: PortalDatabaseServer;
  let wide: Awaited<ReturnType<typeof createWidePortal>>;
  let folder: string;
  let database: string;
  let nexthink: Nexthink;
  const started: Started[] = [];
  let portalUrl: (role?: string) => string[];
  const gdpr = (...args: string[]) => runGdpr(args, { cwd: folder, env: { HOME: folder } });
  const start = (config: string, cwd = dirname(config)) => {
    const system = new Started('local/main.ts', ['--config', config], cwd);
    started.push(system);
    return system;
  };
  const mapping = () => JSON.parse(readFileSync(join(folder, 'proposal/mapping.json'), 'utf8')) as object;
  const decide = (changes: object) =>
    writeFileSync(join(folder, 'proposal/mapping.json'), JSON.stringify({ ...mapping(), ...changes }));

  /** Types what stands on a page, with the names of this machine for those of the page. */
  const typed = (text: string, cwd = folder) => {
    const { host, port } = server;
    const block = text
      .replaceAll('portal-db:5432/portal', `${host}:${port}/${database}`)
      .replaceAll('-h portal-db -U dba portal', `-h ${host} -p ${port} -U dba ${database}`)
      .replaceAll(
        'host: portal-db, port: 5432, database: portal',
        `host: ${host}, port: ${port}, database: ${database}`,
      )
      .replace('portal.corp.example:443', nexthink.portal.url.replace('https://', ''))
      .replaceAll(/\bdba\b/g, server.roles.owner.username)
      .replaceAll('--user NAME', `--user ${PERSON}`)
      .replaceAll('--login NAME', `--login ${nexthink.login.username}`)
      .replaceAll(' ID ', ' "$(newest)" ');
    const files = { GDPR: join(PROJECT, 'cli/main.ts'), PSQL: join(PROJECT, 'test/support/psql.ts') };
    const password = text.includes('--login NAME') && { GDPR_PASSWORD: nexthink.login.password };
    return type(cwd, [block], { HOME: folder, ANSWERS: join(folder, 'answers'), ...files, ...password }, ANSWERS);
  };
  /** The parts of a block before and after its `npm start`. */
  const around = (block: string): string[] => block.split(/^ *npm start .*\n/m);
  const fine = { code: 0, err: '' };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'own-portal-'));
    writeFileSync(join(folder, 'people.csv'), 'user,domain,device\nmiller,CORP,LT-1001\n');
    const people = ['--engines', '2', '--rows', '60', '--people', 'people.csv'];
    const engines = new Started('local/simulator/main.ts', people, folder);
    started.push(engines);
    server = await startPortalDatabase({ people: fewPeople(), days: 1 });
    wide = await createWidePortal(server, 8);
    ({ database } = await wide.as('owner')());
    const { host, port, roles } = server;
    const lines = Object.values(roles).map(({ username, password }) => `${host}:${port}:*:${username}:${password}`);
    writeFileSync(join(folder, '.pgpass'), lines.join('\n'), { mode: 0o600 });
    nexthink = JSON.parse(await engines.says(/\n/)) as Nexthink;
    const answers = join(folder, 'answers');
    mkdirSync(answers);
    for (const role of ROLES) writeFileSync(join(answers, `portal-${role}`), roles[role].password);
    writeFileSync(join(answers, 'service-account'), `${nexthink.login.password}\n`);
    const typedPasswords = ROLES.map(
      (role) => `ALTER ROLE ${roles[role].username} PASSWORD '${roles[role].password}';`,
    );
    writeFileSync(join(answers, 'passwords.sql'), typedPasswords.join('\n'));
    portalUrl = (role = '') => ['--portal-url', `postgresql://${role}${host}:${port}/${database}`];
  }, 120_000);
  afterAll(async () => {
    for (const each of started) await each.stop();
    await wide?.drop();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  it('leads from an empty mapping to a certificate, as portal-mapping.md says (C31, R15)', async () => {
    const [block, rehearsal, ...more] = blocksOf('docs/portal-mapping.md');
    const [, discover, roles, check, rehearse, system, use, ...others] = block!
      .split(/^# \d\. /m)
      .map((step) => `# ${step}`);
    expect([more, others]).toEqual([[], []]);

    const found = await typed(discover!);
    expect(found).toMatchObject({ code: 0, out: '' });
    const proposed = mapping() as { decisions: unknown[] };
    expect(proposed.decisions.length).toBeLessThan(100);
    const review = readFileSync(join(folder, 'proposal/review.html'), 'utf8');
    expect(found.err + review).not.toMatch(/miller|@mail\.example/i);

    decide({ decisions: [] });
    expect(await typed(roles!)).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'proposal/portal-roles.sql'), 'utf8')).toContain('gdpr_anonymize');
    const unapproved = await typed(check!);
    expect(unapproved).toMatchObject({ code: 0, out: 'The mapping fits the database.\n' });
    const [fingerprint] = /[0-9a-f]{64}/.exec(unapproved.err)!;
    decide({ fingerprint, decisions: proposed.decisions });
    const undecided = { code: 1, err: expect.stringContaining('to be decided') };
    expect(await typed(check!)).toMatchObject(undecided);
    expect(await typed(rehearse!)).toMatchObject(undecided);
    decide({ decisions: [] });
    expect(await typed(check!)).toMatchObject(fine);
    const again = rehearsal!.replace('--user jdoe', '--user NAME').replace('mapping.json', 'proposal/mapping.json');
    for (const each of [rehearse!, again]) expect(await typed(each)).toMatchObject({ code: 0 });
    const local = ['preview', '--local', ...portalUrl(), '--portal-mapping', 'proposal/mapping.json', '--user', PERSON];
    expect((await gdpr(...local)).stdout).toMatch(/^\d+ rows of the Portal hold this user/);

    expect(await typed(around(system!)[0]!)).toMatchObject(fine);
    setSetting(join(folder, 'gdpr.yaml'), 'nightlyJobs', '[]'); // they come by the clock, and this test at any hour
    const running = start(join(folder, 'gdpr.yaml'));
    expect(await running.says(/Ctrl-C/)).toMatch(/Engines +simulated\n *Portal database +real/);
    const used = await typed(use!);
    expect([used.code, used.code === 0 ? '' : used.err]).toEqual([0, '']);
    expect(used.out).toMatch(/^[1-9]\d* rows of the Portal hold this user/m);
    expect((await wide.owner.query(`SELECT 1 FROM hub.persons WHERE login = '${PERSON}'`)).rows).toEqual([]);
    expect(await running.stop()).toBe(0);
  }, 300_000);

  it('leads, with Engines beside it, from a file to an archive and a certificate, all there after a restart (R30)', async () => {
    const page = readFileSync('docs/on-premises.md', 'utf8');
    const [example, fingerprint, check, archive, secrets, certificate, onAws, ...others] =
      blocksOf('docs/on-premises.md');
    expect(others).toEqual([]);
    const real = join(folder, 'real');
    const file = join(real, 'gdpr.yaml');
    mkdirSync(real);

    expect(await typed(example!, real)).toMatchObject(fine);
    const shown = await typed(fingerprint!, real);
    const [, sha256] = /=([0-9A-F:]{95})/.exec(shown.out)!;
    const [, optional] = /Delete what you do not have yet: without (.*?)\s+the Portal API/s.exec(page)!;
    const deleted = [...optional!.matchAll(/`(\w+)`/g)].map(([, field]) => [field, undefined]);
    const ports = nexthink.engines.map(({ url }, at) => [`engine-${at + 1}`, { port: Number(new URL(url).port) }]);
    edit(file, {
      ...Object.fromEntries(deleted),
      'portalApi.url': nexthink.portal.url,
      'portalApi.trust': { mode: 'fingerprint', sha256 },
      'engineDefaults.trust.pem': nexthink.ca,
      engines: Object.fromEntries(ports),
      'listen.port': await findDeadPort(),
      allowLoopback: true, // the simulators are on this machine
      nightlyJobs: [],
    });
    const checkedFile = await typed(around(check!)[0]!, real);
    expect(checkedFile).toMatchObject({
      ...fine,
      out: expect.stringContaining(`Portal API: real, ${nexthink.portal.url}`),
    });
    const engines = start('gdpr.yaml', real);
    expect(await engines.says(/Ctrl-C/)).toMatch(/Portal API +real.*\n *Engines +real.*\n *Portal database +simulated/);
    const got = await typed(archive!, real);
    expect([got.code, got.err]).toEqual([0, expect.not.stringContaining('gdpr:')]);
    expect(got.out).toMatch(/engine-2 +CONNECTED +READY/);
    const nobody = ['record', '--user', 'nobody.here', '--config', file, '--out', 'recording', '--yes'];
    expect(await typed(`gdpr ${nobody.join(' ')} --login NAME`, real)).toMatchObject({
      code: 5,
      err: expect.stringContaining('Nothing was found under this name'),
    });
    expect(existsSync(join(real, 'recording'))).toBe(false);
    const commands = [...page.matchAll(/^\| `(gdpr (?:settings|secret) [^`]*)`/gm)].map(([, command]) =>
      command!
        .replace('[FIELD]', 'retention.engineDays')
        .replace('FIELD VALUE', "serviceAccount '{secretId: service-account}'")
        .replace('NAME [--username USER]', `service-account --username ${nexthink.login.username}`),
    );
    expect(commands).toHaveLength(4);
    expect(await typed(commands.join('\n'), real)).toMatchObject({ code: 0 });
    expect(await typed(onAws!, real)).toMatchObject(fine);
    expect(page).toContain('`gdpr doctor`');
    const doctor = await typed('gdpr doctor', real);
    expect([doctor.code, doctor.out]).toEqual([
      0,
      expect.stringMatching(/OK +Engine engine-2 +It answers with full access/),
    ]);
    expect(await engines.stop()).toBe(0);

    edit(file, {
      portalDatabase: { host: server.host, port: server.port, database, mapping: '../proposal/mapping.json' },
    });
    const without = start('gdpr.yaml', real);
    expect([await without.exited, without.out.trim(), without.err]).toEqual([
      1,
      'Starting ...',
      expect.stringMatching(
        /portal\/read is missing; set it with: npm run -s gdpr -- secret set portal\/read --config gdpr.yaml\n/,
      ),
    ]);
    expect(await typed(secrets!, real)).toMatchObject(fine);
    const setSecret = (name: string) => runGdpr(['secret', 'set', name, '--config', file], { cwd: real, input: 'x' });
    expect(await setSecret('portal/raed')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it names portal/read'),
    });
    const dataDir = join(real, '.local');
    keepSecretOf(file, dataDir, 'portal/verify', 'wrong');
    const operator = openOperator({ config: file }, dataDir);
    const fails = () => expect(startNexthink({ config: file }, new Pieces(), operator)).rejects;
    await fails().toThrow('portalDatabase: gdpr_verify cannot log in to the Portal database (28P01)');
    keepSecretOf(file, dataDir, 'portal/verify', server.roles.verify.password);
    await wide.owner.query('REVOKE SELECT ON hub.persons FROM gdpr_anonymize');
    await fails().toThrow('GRANT SELECT ON hub.persons TO gdpr_anonymize');
    await wide.owner.query('GRANT SELECT ON hub.persons TO gdpr_anonymize');

    const first = start('gdpr.yaml', real);
    const banner = await first.says(/Ctrl-C/);
    expect(banner).toContain(`Portal database    real, ${server.host}:${server.port}/${database}`);
    expect(banner).toMatch(/People +simulated/);
    expect(await (await fetch(`${systemIn(real)!.api}/config.json`)).text()).toContain('Simulated here: People');
    const second = start('gdpr.yaml', real);
    expect([await second.exited, second.err]).toEqual([1, expect.stringContaining('runs here already')]);

    const asOperator = (...args: string[]) =>
      runGdpr([...args, '--login', nexthink.login.username], {
        cwd: real,
        env: { GDPR_PASSWORD: nexthink.login.password },
      });
    const retrieved = await asOperator('retrieve', '--user', 'CORP\\miller', '--out', 'other.tar.gz');
    expect(retrieved).toMatchObject({ code: 0 });
    const { sources, simulated } = parseManifest(
      (await untar(readFileSync(join(real, 'other.tar.gz'))))['manifest.json']!,
    );
    expect(simulated).toBeUndefined();
    expect(sources.map(({ name, state, tls }) => [name, state, tls])).toEqual([
      ['engine-1', 'DONE', 'ca'],
      ['engine-2', expect.stringMatching(/DONE|EMPTY/), 'ca'],
      ['portal', 'DONE', undefined],
    ]);

    writeFileSync(file, readFileSync(file, 'utf8').replace('allowLoopback: true', 'allowLoopback: perhaps'));
    expect(await asOperator('preview', '--user', 'CORP\\miller')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The settings are not right'),
    });
    const inReal = (...args: string[]) => runGdpr(args, { cwd: real });
    expect(await inReal('settings', 'check')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('gdpr.yaml: allowLoopback: write true or false'),
    });
    setSetting(file, 'allowLoopback', 'true');
    expect(await inReal('settings', 'set', 'retention.engineDays', '45')).toMatchObject({ code: 0 });
    expect([readFileSync(file, 'utf8').startsWith('# What is real here'), statSync(file).mode & 0o777]).toEqual([
      true,
      0o600,
    ]);
    const done = await typed(certificate!.replaceAll('jmeyer', "'CORP\\miller'"), real);
    expect([done.code, done.code === 0 ? '' : done.err]).toEqual([0, '']);
    const until = new Date(Date.now() + 45 * 86_400_000).toISOString().slice(0, 10);
    expect(readFileSync(join(real, 'certificate.json'), 'utf8')).toContain(`"until": "${until}"`);
    expect((await wide.owner.query("SELECT 1 FROM hub.persons WHERE login = 'miller'")).rows).toEqual([]);
    expect(await first.stop()).toBe(0);

    const issuer = await CompanyIssuer.start();
    writeFileSync(join(real, 'issuer.pem'), issuer.peer.caPem);
    const provider = { issuer: issuer.url, audience: 'gdpr-api', clientId: 'console', scopeClaim: 'roles' };
    setSetting(file, 'identityProvider', JSON.stringify({ ...provider, trust: { mode: 'ca', pem: 'issuer.pem' } }));
    const keptFile = readFileSync(file, 'utf8');
    const again = start('gdpr.yaml', real);
    const ofCompany = await again.says(/Ctrl-C/);
    expect(ofCompany).toContain(`Log-in             at ${issuer.url}`);
    expect(ofCompany + JSON.stringify(systemIn(real))).not.toMatch(/Console login|consoleLogin|otherPeople/);
    const asPerson = async (roles: string[]) =>
      await fetch(`${systemIn(real)!.api}/v1/requests`, {
        headers: { authorization: `Bearer ${await issuer.token({ roles })}` },
      });
    const { components } = await (await fetch(`${systemIn(real)!.api}/openapi.json`)).json();
    expect(components.securitySchemes.token.openIdConnectUrl).toBe(`${issuer.url}/.well-known/openid-configuration`);
    expect((await asPerson(['gdpr.read'])).status).toBe(200);
    expect((await asPerson(['mail.read'])).status).toBe(403);
    await issuer.peer.stop();
    expect(JSON.parse((await inReal('list', '--json')).stdout).requests).toHaveLength(3);
    expect(JSON.parse((await inReal('settings', 'get', 'retention.engineDays')).stdout)).toBe(45);
    expect(readFileSync(file, 'utf8')).toBe(keptFile);
    expect(await again.stop()).toBe(0);
    for (const leak of filesIn(join(real, '.local')).filter((path) => !path.includes('/secrets/')))
      for (const secret of [...ROLES.map((role) => server.roles[role].password), nexthink.login.password])
        expect(readFileSync(leak).includes(secret), leak).toBe(false);
  }, 300_000);

  it('leads to an archive from Engines that the file names, without a Portal API (R4, R5, R30)', async () => {
    const cwd = join(folder, 'named');
    const file = join(cwd, 'gdpr.yaml');
    mkdirSync(cwd);
    const [, text] = /```yaml\n(.*?)```/s.exec(readFileSync('docs/on-premises.md', 'utf8'))!;
    writeFileSync(file, text!);
    const { host, port } = { host: '127.0.0.1', port: nexthink.engines.map(({ url }) => Number(new URL(url).port)) };
    edit(file, {
      'engineDefaults.trust.pem': nexthink.ca,
      'engines.engine-1.host': host,
      'engines.engine-1.port': port[0],
      'engines.engine-2': { port: port[1] },
      allowLoopback: true,
      nightlyJobs: [],
    });
    const half = await runGdpr(['settings', 'check', '--config', file], { cwd });
    expect(half).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/engines.engine-2.host: is missing.*\n.*engines.engine-2.timezone: is missing/),
    });
    edit(file, { 'engines.engine-2': { host, port: port[1], timezone: 'America/New_York' } });
    const system = start('gdpr.yaml', cwd);
    const banner = await system.says(/Ctrl-C/);
    expect(banner).toMatch(/Engines +real, as the file names them: engine-1, engine-2. There is no Portal API/);
    expect(banner).not.toMatch(/Portal API +(real|simulated)/);
    const { api } = systemIn(cwd)!;
    expect(await (await fetch(`${api}/config.json`)).text()).toContain('Simulated here: Portal database, People');

    const { username, password } = nexthink.login;
    const gdprAs = (given: string, ...args: string[]) =>
      runGdpr([...args, '--login', username], { cwd, env: { GDPR_PASSWORD: given } });
    expect(await gdprAs(password, 'engines', '--check')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /engine-2 +CONNECTED +READY.*America\/New_York(.*\n)*2 Engines: from the configured/,
      ),
    });
    expect(await gdprAs('wrong', 'retrieve', '--user', 'jmeyer', '--portal-data', '--out', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'An Engine refused this user name or password (or the account lacks full access)',
      ),
    });
    expect(await gdprAs(password, 'retrieve', '--user', 'jmeyer', '--out', 'gdpr-data.tar.gz')).toMatchObject({
      code: 0,
    });
    const files = await untar(readFileSync(join(cwd, 'gdpr-data.tar.gz')));
    const manifest = parseManifest(files['manifest.json']!);
    expect([manifest.federation, manifest.simulated, manifest.complete]).toEqual(['configured', ['portal'], true]);
    expect(files['README.txt']!.toString()).toMatch(/simulated/i);
    const doctor = await runGdpr(['doctor'], { cwd });
    expect(doctor).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/NOT CONFIGURED +Portal API +The settings name the Engines/),
    });
    expect(doctor.stdout).toMatch(/OK +Engine engine-1 +Its address and certificate are right/);
    expect(await system.stop()).toBe(0);
  }, 300_000);

  it('needs a mapping, and a password that is no argument (R23, R24)', async () => {
    const [flag, url] = portalUrl() as [string, string];
    const preview = (...args: string[]) =>
      runGdpr(['preview', '--local', '--user', 'x', ...args], { cwd: folder, env: { HOME: join(folder, 'answers') } });
    const together = { code: 2, stderr: expect.stringContaining('--portal-url and --portal-mapping go together') };
    const [unlocked, locked] = [
      await preview(flag, url, '--portal-mapping', '.pgpass'),
      await preview(flag, url.replace('//', '//gdpr_read:s3cret@'), '--portal-mapping', '.pgpass'),
    ];

    expect(await preview(flag, url)).toMatchObject(together);
    expect(unlocked).toMatchObject({ code: 2, stderr: expect.stringContaining('no password for gdpr_') });
    expect(locked).toMatchObject({ code: 2, stderr: expect.stringContaining('must be without a password') });
    expect(locked.stderr).not.toContain('s3cret');
  }, 60_000);
});
