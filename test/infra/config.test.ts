import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Config, checkConfig } from '../../infra/config.ts';
import { example, SMALLEST } from './synthesize.ts';

const NETWORK = { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'] };
const ENGINES = [{ to: 'Engines', cidr: '10.0.0.0/8' }];

describe('gdpr.config.json (R25)', () => {
  it('needs the secrets of the Portal database and whom alarms reach, nothing else but a provider or a console', () => {
    const { portalDatabase, alarms, identityProvider } = SMALLEST;
    expect(checkConfig({ portalDatabase, alarms, identityProvider })).toMatchObject({
      stage: 'nexthink-gdpr',
      terminationProtection: true,
      archiveDays: 7,
      logDays: 30,
      keys: {},
      api: { corsOrigins: [], machines: {} },
      eventBus: '',
    });
  });

  it('has a row in docs/deployment.md for each of its fields, and no row more', () => {
    const page = readFileSync('docs/deployment.md', 'utf8');
    const rows = (heading: string) => {
      const [section] = page.split(`## ${heading}\n`)[1]!.split(/^## /m);
      return [...section!.matchAll(/^\| ((?:`\w+(?:\.\w+)?`(?:, )?)+) \|/gm)].flatMap(([, cell]) =>
        [...cell!.matchAll(/`(\w+)/g)].map(([, name]) => name),
      );
    };
    const { network, ...others } = Config.shape;
    expect([...new Set(rows('The file'))].sort()).toEqual([...Object.keys(others), 'network'].sort());
    expect(rows('Network').sort()).toEqual(Object.keys(network.unwrap().shape).sort());
  });

  it.each(['public', 'company', 'private'] as const)('takes infra/examples/%s.json', (name) => {
    expect(checkConfig(example(name)).stage).toBe('nexthink-gdpr');
  });

  it.each<[where: string, change: object]>([
    ['stage', { stage: 'Gdpr_Test' }],
    ['stage', { stage: 'x'.repeat(31) }],
    ['eventBus', { eventBus: 'arn:aws:events:eu-west-1:123456789012:event-bus/a' }],
    ['archiveDays', { archiveDays: 0 }],
    ['archiveDays', { archiveDays: 7.5 }],
    ['logDays', { logDays: 31 }],
    ['identityProvider.issuer', { identityProvider: { ...SMALLEST.identityProvider, issuer: 'http://login.example' } }],
    ['identityProvider.scopeClaim', { identityProvider: { ...SMALLEST.identityProvider, scopeClaim: 'two words' } }],
    ['identityProvider', { identityProvider: undefined }],
    [
      'portalDatabase.secrets.read: an ARN of the form arn:aws:secretsmanager:REGION:ACCOUNT:secret:PATH-SUFFIX',
      { portalDatabase: { secrets: { ...SMALLEST.portalDatabase.secrets, read: 'portal/read' } } },
    ],
    ['portalDatabase.secrets.verify: is missing', { portalDatabase: { secrets: { read: 'portal/read' } } }],
    ['portalDatabase: is missing', { portalDatabase: undefined }],
    ['network.vpcId', { network: { ...NETWORK, vpcId: 'my-vpc', egress: ENGINES } }],
    ['network.egress', { network: NETWORK }],
    ['network.egress.0.cidr', { network: { ...NETWORK, egress: [{ to: 'Engines', cidr: '10.0.0.1' }] } }],
    ['network.routeTableIds', { network: { ...NETWORK, egress: ENGINES, endpoints: ['gateway'] } }],
    ['keys.data', { keys: { data: 'alias/mine' } }],
    ['api.corsOrigins.0', { api: { corsOrigins: ['*'] } }],
    [
      'arn:aws:iam::ACCOUNT:role/NAME_WITHOUT_PATH',
      { api: { machines: { 'arn:aws:iam::123456789012:user/someone': ['gdpr.read'] } } },
    ],
    ['api.machines', { api: { machines: { 'arn:aws:iam::123456789012:role/intranet': ['gdpr.everything'] } } }],
    ['console.certificateArn', { console: { domain: 'gdpr.corp.example' } }],
    ['alarms', { alarms: {} }],
    ['concurrency', { concurrency: { 'query-engines': 5 } }],
    ['the file: there is no field stagee', { stagee: 'x' }],
  ])('refuses what is wrong, and names %s (R23)', (where, change) => {
    expect(() => checkConfig({ ...SMALLEST, ...change })).toThrow(where);
  });
});
