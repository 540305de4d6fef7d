import { describe, expect, it } from 'vitest';
import type { Ticket } from '../../../modules/ticket-systems/ticket.ts';
import { refusalOf, startBodyOf } from '../../../modules/tickets/judge.ts';
import type { TicketMapping } from '../../../modules/tickets/settings.ts';

const ticket: Ticket = {
  key: 'GDPR-7',
  queue: 'GDPR',
  requesterIds: ['rita', 'on-behalf'],
  fields: {},
  approval: { id: '100', approverId: 'dora', approverGroups: ['dpo'] },
};
const rules = { queues: ['GDPR'], approvers: { users: ['boss'], groups: ['dpo'] } };
const approvedBy = (approverId: string, ...approverGroups: string[]) => ({ id: '1', approverId, approverGroups });
const { approval: _none, ...unapproved } = ticket;

describe('refusalOf (R20)', () => {
  it.each([
    ['counts: in the queue, approved by one of the group', ticket, undefined],
    ['counts: approved by a named user', { ...ticket, approval: approvedBy('boss') }, undefined],
    ['lies elsewhere', { ...ticket, queue: 'HR' }, 'other-queue'],
    ['is not approved, or no longer', unapproved, 'not-approved'],
    ['was approved by who asked', { ...ticket, approval: approvedBy('rita', 'dpo') }, 'approver-is-requester'],
    [
      'was approved by whom it is for',
      { ...ticket, approval: approvedBy('on-behalf', 'dpo') },
      'approver-is-requester',
    ],
    ['was approved by somebody', { ...ticket, approval: approvedBy('carl', 'staff') }, 'approver-not-authorised'],
  ] as const)('a ticket that %s', (_what, given, refusal) => {
    expect(refusalOf(given, rules)).toBe(refusal);
  });
});

const mapping: TicketMapping = {
  name: 'customfield_1',
  subjectKind: { field: 'customfield_2', values: { Person: 'user', Computer: 'device' } },
  kind: { field: 'customfield_3', values: { 'Show me': 'retrieve', 'Forget me': 'anonymize' } },
  sources: ['engine', 'portal'],
};
const fields = { customfield_1: ' o"neil ', customfield_2: { value: 'Person' }, customfield_3: 'Show me' };

describe('startBodyOf', () => {
  it('maps what was typed, and what was chosen from a list', () => {
    expect(startBodyOf({ ...ticket, fields, createdAt: '2026-11-20T08:00:00.000Z' }, mapping)).toEqual({
      kind: 'retrieve',
      subject: { kind: 'user', name: 'o"neil' },
      sources: ['engine', 'portal'],
      reference: 'GDPR-7',
      receivedAt: '2026-11-20T08:00:00.000Z',
    });
    const forget = { ...fields, customfield_2: { display_value: 'Computer', value: '3' }, customfield_3: 'Forget me' };
    expect(startBodyOf({ ...ticket, fields: forget }, mapping)).toEqual({
      kind: 'anonymize',
      subject: { kind: 'device', name: 'o"neil' },
      irreversible: true,
      reference: 'GDPR-7',
    });
  });

  it('takes what is the same for every ticket from the settings', () => {
    const fixed = { ...mapping, subjectKind: 'user', kind: 'retrieve' } as const;
    expect(startBodyOf({ ...ticket, fields: { customfield_1: '姓名' } }, fixed)).toMatchObject({
      subject: { name: '姓名' },
    });
  });

  it.each([
    ['no name', { ...fields, customfield_1: '  ' }],
    ['a list for a name', { ...fields, customfield_1: ['jdoe'] }],
    ['a choice that is not mapped', { ...fields, customfield_3: 'Something' }],
    ['a choice called like what every object has', { ...fields, customfield_2: 'constructor' }],
    ['no choice', { customfield_1: 'jdoe' }],
  ])('finds no request in a ticket with %s', (_what, given) => {
    expect(startBodyOf({ ...ticket, fields: given }, mapping)).toBeUndefined();
  });
});
