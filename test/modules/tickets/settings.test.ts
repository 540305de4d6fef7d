import { describe, expect, it } from 'vitest';
import { Connections } from '../../../modules/tickets/settings.ts';

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
