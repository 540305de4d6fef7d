import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Settings } from '../../../functions/wiring/settings.ts';
import { ConfigError, exampleText } from '../../../local/config/explain.ts';
import { configIn } from '../../../local/config/read-config.ts';
import { partsOf, qualified } from '../../../modules/portal/database/sql.ts';
import { mappingProblems } from '../../../modules/portal/mapping/check-mapping.ts';
import { PortalMapping } from '../../../modules/portal/mapping/mapping.ts';
import { isDrawn, patternOf, SAMPLE_TOKEN, Tokens } from '../../../modules/portal/names/tokens.ts';
import { parsed, type Target, tried } from '../target.ts';

const REFERENCE = readFileSync(new URL('../../../local/portal-database/portal-mapping.json', import.meta.url), 'utf8');

/** A small mapping, with every kind of field. */
const SMALL = JSON.stringify({
  tables: [
    {
      table: 'portal.users',
      key: ['id'],
      names: [{ column: 'name', holds: 'user', domain: 'domain' }],
      coIdentifiers: [{ column: 'mail', beside: 'name' }],
      freeText: ['note'],
      json: ['facts'],
      arrays: ['aliases'],
      tokens: { name: 'U-[a-z]{4}[0-9]{2}', mail: 'nobody@example.com' },
    },
    { table: '"por.tal"."a""b"', key: ['id'] },
  ],
  identity: [{ holds: 'user', table: 'portal.users', key: 'id', columns: { name: 'name' } }],
  harmless: [{ table: 'portal.metrics', columns: ['title'] }],
  ledger: 'gdpr.run',
  files: [{ file: 'users', from: 'portal.users', columns: [{ header: 'Name', column: 'name' }] }],
});

const catalog = {
  encoding: 'UTF8',
  locale: 'C.UTF-8',
  knowsLetters: true,
  columns: [],
  foreignKeys: [],
  triggers: [],
};

const mapping: Target = {
  name: 'mapping',
  samples: [REFERENCE, SMALL],
  words: ['"', '""', '.', '[a-z]', '[z-a]', '{99}', '[^ -~]', '\\\\', '"tokens"', '"table"', '"portal.users"'],
  async run(input) {
    const read = parsed(() => PortalMapping.parse(JSON.parse(input.toString())));
    if (!read) return false;
    const given = read.result;
    expect(PortalMapping.parse(JSON.parse(JSON.stringify(given)))).toEqual(given);
    for (const problem of mappingProblems(given, catalog)) expect(typeof problem).toBe('string');
    const names = [given.ledger, ...given.derived, ...given.tables.map(({ table }) => table)];
    for (const name of names) {
      expect(qualified(name)).toMatch(/^"(?:[^"]|"")+"\."(?:[^"]|"")+"$/);
      expect(partsOf(name)).toHaveLength(2);
    }
    for (const form of given.tables.flatMap(({ tokens = {} }) => Object.values(tokens))) {
      const drawn = new Tokens(SAMPLE_TOKEN).of(form, 'x');
      if (isDrawn(form)) expect(drawn).toMatch(new RegExp(`^(?:${patternOf(form)})$`, 'su'));
      else expect(drawn).toBe(form);
      expect(drawn).not.toBe('');
    }
    return true;
  },
};

const FULL = {
  portalApi: { url: 'https://portal.corp.example', auth: { mode: 'basic' } },
  engines: { 'engine-1': { host: 'e1.corp.example', port: 1671, timezone: 'Europe/Zurich' } },
  federation: ['engine-1'],
  sentinel: { enabled: true },
  retention: { engineDays: 30, backupDays: 30 },
  outbound: { webhooks: [{ id: 'intranet', url: 'https://intranet.corp.example/x', secretId: 'webhooks/intranet' }] },
  deadline: { timeZone: 'Europe/Zurich', holidays: ['2026-12-25'], warnDays: [7, 2] },
  nightlyJobs: [{ from: '22:15', to: '23:15' }],
};

const settings: Target = {
  name: 'settings',
  samples: [JSON.stringify(FULL), JSON.stringify({ portalApi: { url: 'https://p.example' } })],
  words: ['"url"', '"https://"', '"mode"', '"ca"', '"Europe/Zurich"', '"24:00"', '-1'],
  async run(input) {
    const read = parsed(() => Settings.parse(JSON.parse(input.toString())));
    if (!read) return false;
    expect(Settings.parse(JSON.parse(JSON.stringify(read.result)))).toEqual(read.result);
    return true;
  },
};

/** A folder with the files that the example names. */
const folder = mkdtempSync(join(tmpdir(), 'fuzz-config-'));
for (const file of ['portal-db-ca.pem', 'company-ca.pem', 'timestamp-ca.pem'])
  writeFileSync(join(folder, file), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
writeFileSync(join(folder, 'portal-mapping.json'), SMALL);

const configuration: Target = {
  name: 'configuration',
  samples: [exampleText(), 'preset: demo\n', 'preset: pilot\nportalApi: {url: "https://p.example"}\ndaysBack: 30\n'],
  words: [
    '&a',
    '*a',
    '<<: *a',
    '!!binary',
    '!!js/function',
    '? ',
    '- ',
    ': ',
    '|\n',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\t',
  ],
  runs: 80,
  async run(input) {
    const read = await tried(() => configIn(input.toString(), join(folder, 'gdpr.yaml')), ConfigError);
    if (!read) return false;
    const { settings: given } = read.result;
    expect(JSON.parse(JSON.stringify(given))).toEqual(given);
    return true;
  },
};

export const CONFIGURATION_TARGETS: readonly Target[] = [mapping, settings, configuration];
