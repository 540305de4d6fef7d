import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Settings } from '../../../functions/wiring/settings.ts';
import { checkFile, getSetting, keepSecretOf, setSetting } from '../../../local/config/desk.ts';
import { exampleText } from '../../../local/config/explain.ts';
import { secretFor } from '../../../local/config/named-secrets.ts';
import { openOperator } from '../../../local/config/operator.ts';
import { partsOf, simulatedLine } from '../../../local/config/parts.ts';
import { PRESETS } from '../../../local/config/presets.ts';
import { configIn } from '../../../local/config/read-config.ts';
import { referenceMapping } from '../../../local/portal-database/portal-database.ts';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const PORTAL = 'portalApi: {url: https://portal.example}';
const DATABASE = 'portalDatabase: {host: db.example, database: portal, mapping: mapping.json}';

describe('configIn', () => {
  it.each([
    ['a: [', /gdpr\.yaml: is not YAML: .* at line 1, column 5/],
    ['a: 1\na: 2', /is not YAML: .*unique.* at line 2/],
    ['- a', /gdpr\.yaml: the file: write the fields portalApi, /],
    ['portalApy: {}', /portalApy: there is no such field; the fields here are portalApi, /],
    ['engines: {engine-1: {prot: 1}}', /engines\.engine-1\.prot: there is no such field; .* host, .* port, /],
    ['portalApi: {}', /portalApi\.url: is missing; write an address, such as https:\/\/portal\.corp\.example/],
    ['retention: {engineDays: soon}', /retention\.engineDays: write a whole number from 1 to 3650, such as 30$/],
    [
      `${PORTAL}\nengines: {e-9: {port: high}}`,
      /engines\.e-9\.port: write a whole number from 1 to 65535, such as 1671$/,
    ],
    [
      'portalApi: {url: https://p, trust: {mode: some}}',
      /portalApi\.trust\.mode: write ca or fingerprint or insecure, /,
    ],
    ['deadline: {timeZone: Mars}', /deadline\.timeZone: is not an IANA time zone; .* such as Europe\/Zurich$/],
    ['nightlyJobs: [{from: "1", to: "03:00"}]', /nightlyJobs\.0\.from: .*HH:MM.*such as 22:15$/],
    ['connections: {desk: {kind: jira}}', /connections\.desk\.api: is missing; write the fields url, trust, secretId/],
    [
      'listen: {address: 0.0.0.0}',
      /listen\.address: must be an address of this machine only; .* such as 127\.0\.0\.1$/,
    ],
    ['sentinel: {enabled: true}', /sentinel\.enabled: needs retention\.engineDays and retention\.backupDays/],
    ['engines: {e: {host: h}}', /engines\.e\.timezone: is missing; write its IANA zone/],
    [
      'portalApi: {url: https://p, trust: {mode: ca, pem: no.pem}}',
      /portalApi\.trust\.pem: .*no\.pem cannot be read \(ENOENT\)/,
    ],
    [DATABASE, /portalDatabase\.mapping: .*mapping\.json cannot be read/],
    ['simulated: []', /simulated: there is no such field/],
  ])('refuses %s by field, form and example (R30)', (text, message) => {
    expect(() => configIn(text, at('gdpr.yaml'))).toThrow(message);
  });

  it('repeats no value, which may be a password in the wrong place (R24)', () => {
    const wrong = ['portalApi: {url: s3cret}', 's3cret', 'preset: s3cret', 'portalDatabase: {password: s3cret}'];
    for (const text of wrong) {
      const refused = () => configIn(text, at('gdpr.yaml'));
      expect(refused).toThrow(/^(?!.*s3cret)/s);
    }
  });

  it('gives settings.json as AWS takes it: preset, fields of the file, PEM files in the place of their paths (R30)', () => {
    writeFileSync(at('ca.pem'), '-----BEGIN CERTIFICATE-----\n');
    const trust = 'engineDefaults: {trust: {mode: ca, pem: ca.pem}}';

    const { settings, files } = configIn(
      `preset: strict\napproval: {retrieve: none}\n${PORTAL}\n${trust}`,
      at('gdpr.yaml'),
    );

    expect(Settings.parse(settings)).toMatchObject({
      approval: { anonymize: 'required', retrieve: 'none' },
      engineDefaults: { trust: { mode: 'ca', pem: '-----BEGIN CERTIFICATE-----\n' } },
      preview: 'required',
    });
    expect(settings).not.toHaveProperty('preset');
    expect(files).toEqual([at('gdpr.yaml'), at('ca.pem')]);
    for (const preset of Object.values(PRESETS)) Settings.parse({ portalApi: { url: 'https://p' }, ...preset });
  });

  it('takes JSON, too', () => {
    expect(configIn('{"preset": "demo"}', at('gdpr.yaml')).config.preset).toBe('demo');
  });
});

describe('exampleText', () => {
  it('is a file that is right, with all that can be real in it', async () => {
    for (const name of ['company-ca.pem', 'portal-db-ca.pem', 'timestamp-ca.pem'])
      writeFileSync(at(name), '-----BEGIN CERTIFICATE-----\n');
    writeFileSync(at('portal-mapping.json'), JSON.stringify(await referenceMapping()));

    const { config } = configIn(exampleText(), at('example.yaml'));

    expect(simulatedLine(partsOf(config, false))).toBe('');
    expect(config).toMatchObject({ connections: { desk: { kind: 'zendesk' } }, retention: { engineDays: 30 } });
  });
});

describe('the desk', () => {
  it('keeps comments and the rest of the file, 0600, and refuses what would be wrong without a change (R30)', () => {
    const file = at('desk.yaml');
    writeFileSync(file, '# why\nretention:\n  engineDays: 30 # days\n', { mode: 0o644 });

    expect(setSetting(file, 'retention.backupDays', '14')).toBe(false);
    expect(setSetting(file, 'listen.port', '8081')).toBe(true);
    expect(() => setSetting(file, 'retention.engineDays', 'soon')).toThrow(/such as 30/);
    expect(() => setSetting(file, 'retention.engineDays.x', '1')).toThrow(/has no place/);

    expect(readFileSync(file, 'utf8')).toBe(
      '# why\nretention:\n  engineDays: 30 # days\n  backupDays: 14\nlisten:\n  port: 8081\n',
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(getSetting(file, 'retention.backupDays')).toBe(14);
    expect(getSetting(file, 'daysBack')).toBe(400);
    expect(() => getSetting(file, 'retention.walDays')).toThrow(/no value/);
    expect(getSetting(file, undefined)).toEqual({ preview: 'required', retention: { engineDays: 30, backupDays: 14 } });
  });

  it('makes the file of a demo at the first change', () => {
    const file = at('new.yaml');

    setSetting(file, 'retention.engineDays', '30');

    expect(readFileSync(file, 'utf8')).toBe('preset: demo\nretention:\n  engineDays: 30\n');
  });

  it('keeps each secret as the document of AWS, 0600, and refuses another form without its value (R24)', async () => {
    const file = at('secrets.yaml');
    writeFileSync(at('mapping.json'), JSON.stringify(await referenceMapping()));
    const client = 'auth: {mode: oauth, tokenUrl: https://t.example, clientId: c, secretId: portal-api}';
    const webhook = 'outbound: {webhooks: [{id: hook, url: https://h.example, secretId: webhooks/hook}]}';
    writeFileSync(
      file,
      `portalApi: {url: https://p.example, ${client}}\n${DATABASE}\n${webhook}\nserviceAccount: {secretId: sa}\n`,
    );
    const missing = () => checkFile(file, folder);
    expect(missing).toThrow(
      /portal\/maintain is missing(?:.*\n)*.*portal-api(?:.*\n)*.*sa --username NAME(?:.*\n)*.*webhooks\/hook/,
    );

    for (const role of ['read', 'anonymize', 'verify', 'maintain'])
      keepSecretOf(file, folder, `portal/${role}`, `pw-${role}`);
    keepSecretOf(file, folder, 'portal-api', 's3cret');
    keepSecretOf(file, folder, 'sa', '{"username":"svc","password":"{x"}');
    const refused = () => keepSecretOf(file, folder, 'webhooks/hook', 'tooshort');
    expect(refused).toThrow(
      /webhooks\/hook: secrets\.0\. is not whsec_ and 24 to 64 bytes in base64; give the value alone/,
    );
    expect(refused).not.toThrow(/tooshort/);
    const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    keepSecretOf(file, folder, 'webhooks/hook', key);

    const operator = openOperator({ config: file }, folder);
    const secret = (name: string) => JSON.parse(secretFor(operator)(name)!);
    expect(secret('portal/verify')).toEqual({
      host: 'db.example',
      port: 5432,
      database: 'portal',
      username: 'gdpr_verify',
      password: 'pw-verify',
    });
    expect([secret('portal-api'), secret('sa'), secret('webhooks/hook')]).toEqual([
      { clientSecret: 's3cret' },
      { username: 'svc', password: '{x' },
      { secrets: [key] },
    ]);
    expect(statSync(at('secrets/values/portal%2Fread')).mode & 0o777).toBe(0o600);
    expect(simulatedLine(operator.parts)).toBe('Simulated here: People');
  });
});
