import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mentions, ticketChannel } from '../../../../modules/notices/adapters/outbound.ts';
import type { Notice } from '../../../../modules/notices/notice.ts';
import { jiraServiceDeskComments } from '../../../../modules/ticket-systems/jira/vendor.ts';
import { localRules } from '../../../support/peer-rules.ts';
import { type PlainPeer, startPlainPeer } from '../../../support/plain-peer.ts';

const AUTHORIZATION = 'Basic Z2RwcjprZXk=';
const requestId = '00000000-0000-4000-8000-000000000001';
const notice: Notice = {
  noticeId: `${requestId}:done-with-errors-7`,
  event: 'done-with-errors',
  at: '2026-11-23T09:00:00.000Z',
  about: {
    requestId,
    kind: 'retrieve',
    state: 'COMPLETED_WITH_ERRORS',
    attempt: 1,
    dueAt: '2026-12-23T23:59:59.000Z',
  },
  missing: [{ name: 'eu <2> & "co"', state: 'UNREACHABLE' }],
};

let peer: PlainPeer;
beforeAll(async () => {
  peer = await startPlainPeer();
});
beforeEach(() => peer.reset());
afterAll(() => peer?.stop());

const channelOf = () =>
  ticketChannel(
    {
      url: peer.url,
      comments: jiraServiceDeskComments,
      rules: localRules(),
      consoleUrl: 'https://gdpr.example.com/',
      authorization: async () => AUTHORIZATION,
    },
    'GDPR-7',
  );
const never = new AbortController().signal;

describe('ticketChannel', () => {
  it.each([
    [429, { 'retry-after': '30' }, { kind: 'later', error: 'HTTP 429', busy: true, retryAfter: 30 }],
    [500, {}, { kind: 'later', error: 'HTTP 500', busy: true }],
    [302, { location: '/login' }, { kind: 'later', error: 'HTTP 302', busy: true }],
    [404, {}, { kind: 'later', error: 'HTTP 404', busy: false }],
    [422, {}, { kind: 'refused', error: 'HTTP 422' }],
  ] as const)('takes %i for what it is', async (status, headers, end) => {
    peer.answerWith({ status, headers });
    expect(await channelOf()(notice, false, never)).toEqual(end);
  });

  it('ends with the function when the vendor is silent', async () => {
    peer.answerWith('silence');
    await expect(channelOf()(notice, false, AbortSignal.timeout(100))).rejects.toThrow();
  });
});

describe('mentions', () => {
  it('tells a notice from one that is called alike', () => {
    expect([mentions('[gdpr:a-1]', 'a-1'), mentions('[gdpr:a-12] [gdpr:a-1]', 'a-1'), mentions('a-12', 'a-1')]).toEqual(
      [...[true, true, false]],
    );
  });

  it('reads a ticket that somebody has filled with ids that are longer (C46)', () => {
    const filled = '[gdpr:a-12] '.repeat(500_000);
    expect([mentions(filled, 'a-1'), mentions(`${filled}[gdpr:a-1]`, 'a-1')]).toEqual([false, true]);
  });
});
