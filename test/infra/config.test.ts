import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../infra/config.ts';

const read = (context: Readonly<Record<string, unknown>>) => readConfig(new App({ context }).node);

describe('readConfig', () => {
  it('needs no setting', () => {
    expect(read({})).toEqual({
      stage: 'nexthink-gdpr',
      archiveDays: 7,
      corsOrigins: [],
      scopeClaim: 'scope',
      machines: {},
      portalMaintenance: true,
      eventBus: '',
      bundles: 'build/functions',
    });
  });

  it('takes settings of a stage', () => {
    const config = read({ stage: 'gdpr-test', archiveDays: '30', corsOrigins: 'https://a.example,https://b.example' });

    expect(config).toMatchObject({
      stage: 'gdpr-test',
      archiveDays: 30,
      corsOrigins: ['https://a.example', 'https://b.example'],
    });
  });

  it.each([
    { stage: 'Gdpr_Test' },
    { stage: 'x'.repeat(31) },
    { portalMaintenance: 'maybe' },
    { eventBus: 'arn:aws:events:eu-west-1:123456789012:event-bus/a' },
    { archiveDays: '0' },
    { archiveDays: '7.5' },
    { archiveDays: 'a week' },
    { corsOrigins: '*' },
    { scopeClaim: 'two words' },
    { machines: { 'arn:aws:iam::123456789012:user/someone': ['gdpr.read'] } },
    { machines: '{"arn:aws:iam::123456789012:role/intranet":["gdpr.everything"]}' },
    { corsOrigins: 'http://intranet.example' },
  ])('refuses %o and says which setting it is (R23)', (context) => {
    expect(() => read(context)).toThrow(Object.keys(context)[0]!);
  });
});
