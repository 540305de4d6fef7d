import { describe, expect, it } from 'vitest';
import { Connections, TicketWebhookSecret } from '../../../modules/tickets/settings.ts';

const intake = {
  secretId: 'ticket-webhooks/desk',
  queues: ['GDPR'],
  approvers: { groups: ['dpo'] },
  recipients: ['dpo-1'],
  mapping: { name: 'customfield_1' },
};
const jira = (facts: object = {}, more: object = {}) => ({
  desk: {
    kind: 'jira',
    api: { url: 'https://company.atlassian.net', secretId: 'tickets/jira' },
    ...more,
    intake: { ...intake, approvedStatus: 'Approved', ...facts },
  },
});

describe('settings of connections', () => {
  it('are careful where nothing is said: a login is waited for, anonymizations are refused (R20)', () => {
    expect(Connections.parse(jira()).desk).toMatchObject({
      intake: {
        login: 'later',
        anonymize: 'refused',
        signedBy: 'vendor',
        mapping: { subjectKind: 'user', kind: 'retrieve', sources: ['engine', 'portal'] },
      },
    });
  });

  it.each([
    ['nobody who may approve', jira({ approvers: {} }), 'names nobody'],
    ['no queue', jira({ queues: [] }), '>=1 items'],
    ['nobody to fetch the archive', jira({ recipients: [] }), '>=1 items'],
    ['no status that means approved', jira({ approvedStatus: undefined }), 'string'],
    ['a mapping to what we do not do', jira({ mapping: { name: 'n', kind: 'export' } }), 'Invalid input'],
    ['a field of another vendor', jira({}, { table: 'incident' }), 'Unrecognized key'],
    ['an id that is no part of an address', { 'Desk/1': jira().desk }, 'lower-case letters'],
  ])('are refused with %s', (_what, given, words) => {
    const parsed = Connections.safeParse(given);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(words);
  });
});

describe('the secret of webhooks', () => {
  const good = 'f'.repeat(32);
  const zendesks = 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==';
  it.each([
    ['one', [good], true],
    ['two, while it is changed', [good, 'e'.repeat(32)], true],
    ['none', [], false],
    ['three', [good, good, good], false],
    ['an empty one', [''], false],
    ['a short one', ['hunter2'], false],
    ['the one of samples of Zendesk', [zendesks], false],
    ['that one beside a good one', [good, zendesks], false],
    ['the one of an example of Zendesk', ['HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA='], false],
    ['the one of an example of Jira', ["It's a Secret to Everybody"], false],
    ['the one of an example of Standard Webhooks', ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], false],
  ])('%s: %j is taken: %s', (_what, secrets, isTaken) => {
    expect(TicketWebhookSecret.vendor.safeParse({ secrets }).success).toBe(isTaken);
  });

  const bytes = (count: number) => Buffer.alloc(count, 7).toString('base64');
  it.each([
    ['24 bytes', `whsec_${bytes(24)}`, true],
    ['64 bytes, without their prefix', bytes(64), true],
    ['23 bytes', `whsec_${bytes(23)}`, false],
    ['65 bytes', `whsec_${bytes(65)}`, false],
    ['what is no base64', `whsec_${'-'.repeat(32)}`, false],
    ['the one of an example', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', false],
  ])('of Standard Webhooks is taken with %s: %s %s', (_what, secret, isTaken) => {
    expect(TicketWebhookSecret.standard.safeParse({ secrets: [secret] }).success).toBe(isTaken);
  });
});
