import { describe, expect, it } from 'vitest';
import { commentOf, type Notice, noticeOf } from '../../../modules/notices/notice.ts';
import {
  type AuditEntry,
  AuditEvent,
  eventOf,
  OUTBOX_EVENTS,
  type OutboxEvent,
} from '../../../modules/requests/audit/entry.ts';
import { plainText } from '../../../modules/ticket-systems/ticket.ts';
import { aFunction, aRequest } from '../../support/fakes.ts';

const record = aRequest({ denialReason: 'duplicate' });
const anEntry: AuditEntry = {
  requestId: record.requestId,
  seq: 7,
  at: '2026-11-23T09:00:00.000Z',
  by: aFunction,
  before: '',
  attempt: 1,
  state: 'COMPLETED_WITH_ERRORS',
  what: 'completed-with-errors',
};
const anotherNotice = (event: Notice['event'], facts: Partial<Notice> = {}): Notice => ({
  ...noticeOf(anEntry, record, [])!,
  event,
  ...facts,
});
const progress = (name: string, state: 'DONE' | 'EMPTY' | 'UNREACHABLE', gaps = 0) =>
  ({ source: 'engine', sourceId: name, name, state, rows: 0, bytes: 0, gaps }) as const;

describe('noticeOf (R20)', () => {
  it('names what an archive lacks, gaps included, and nothing that was retrieved', () => {
    const sources = [progress('eu-1', 'DONE'), progress('eu-2', 'UNREACHABLE'), progress('us-1', 'DONE', 2)];

    expect(noticeOf(anEntry, record, [...sources, progress('us-2', 'EMPTY')])).toEqual({
      noticeId: `${record.requestId}:done-with-errors-7`,
      event: 'done-with-errors',
      at: '2026-11-23T09:00:00.000Z',
      about: {
        requestId: record.requestId,
        kind: 'retrieve',
        state: 'COMPLETED_WITH_ERRORS',
        attempt: 1,
        dueAt: '2026-12-23T23:59:59.000Z',
      },
      missing: [
        { name: 'eu-2', state: 'UNREACHABLE' },
        { name: 'us-1', state: 'DONE' },
      ],
    });
  });

  it.each([
    ['requested', 'QUEUED', 'accepted'],
    ['requested', 'AWAITING_APPROVAL', 'needs-approval'],
    ['requested', 'AWAITING_LOGIN', 'needs-login'],
    ['approved', 'AWAITING_LOGIN', 'needs-login'],
    ['denied', 'DENIED', 'refused'],
    ['started', 'RUNNING', undefined],
    ['link-minted', 'COMPLETED', undefined],
    ['rerun-asked', 'QUEUED', undefined],
  ] as const)('makes of %s in %s: %s', (what, state, event) => {
    expect(eventOf({ what, state })).toBe(event);
  });

  it('tells each of its events for some entry of the trail', () => {
    const told = AuditEvent.options.flatMap((what) =>
      (['QUEUED', 'AWAITING_APPROVAL', 'AWAITING_LOGIN'] as const).map((state) => eventOf({ what, state })),
    );
    expect(new Set(told.filter(Boolean))).toEqual(new Set(OUTBOX_EVENTS));
  });

  it('gives the code of a denial, and the name of the error behind a failure', () => {
    expect(noticeOf({ ...anEntry, what: 'denied', state: 'DENIED' }, record, [])?.reason).toBe('duplicate');
    const failed = { ...anEntry, what: 'failed', state: 'FAILED', error: 'ResidueFoundError' } as const;
    expect(noticeOf(failed, record, [])?.reason).toBe('ResidueFoundError');
  });
});

describe('commentOf (R20, R24)', () => {
  it('says it in words, with a link to the console and a marker', () => {
    const missing = [{ name: 'eu-2', state: 'UNREACHABLE' }] as const;
    expect(plainText(commentOf(anotherNotice('done-with-errors', { missing }), 'https://gdpr.example.com/'))).toBe(
      [
        'The GDPR request is done, but the archive is incomplete. Missing: eu-2 (UNREACHABLE). They can be queried again.',
        `https://gdpr.example.com/#/requests/${record.requestId}`,
        `[gdpr:${record.requestId}:done-with-errors-7]`,
      ].join('\n\n'),
    );
  });

  it('speaks of an anonymization without an archive (C32, C34)', () => {
    const { about, ...rest } = anotherNotice('nothing-found');
    const wordsOf = (event: OutboxEvent) =>
      commentOf({ ...rest, event, about: { ...about!, kind: 'anonymize' } }, undefined).text;
    expect(wordsOf('nothing-found')).toContain('nothing was changed');
    expect(wordsOf('done-with-errors')).toContain('anonymize it again');
    expect(wordsOf('nothing-found') + wordsOf('done-with-errors')).not.toContain('archive');
  });

  it('has no link where there is no console, or no Request', () => {
    expect(commentOf(anotherNotice('done'), undefined)).not.toHaveProperty('link');
    const { about: _about, ...refused } = anotherNotice('refused', { reason: 'own-approval' });
    const { link, text } = commentOf(refused, 'https://gdpr.example.com/');
    expect({ link, text }).toEqual({ text: 'No GDPR request was started from this ticket (own-approval).' });
  });

  it('warns of a deadline that is near', () => {
    const near = anotherNotice('deadline-warning');

    expect(commentOf(near, undefined).text).toContain('is 2026-12-23');
  });

  it('warns of a deadline that has passed', () => {
    const late = anotherNotice('deadline-warning', { at: '2026-12-24T00:00:00.000Z' });

    expect(commentOf(late, undefined).text).toContain('was 2026-12-23');
  });

  it('names twenty Engines at most', () => {
    const missing = Array.from({ length: 200 }, (_, n) => ({ name: `eu-${n}`, state: 'TIMED_OUT' as const }));
    const { text } = commentOf(anotherNotice('done-with-errors', { missing }), undefined);
    expect(text).toContain('eu-19 (TIMED_OUT), 180 more. They');
  });

  it.each(OUTBOX_EVENTS)('has words for %s', (event) => {
    expect(commentOf(anotherNotice(event), undefined).text).toMatch(/^\w.*GDPR request.*\.$/);
  });
});
