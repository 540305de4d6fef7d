import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { outboundWebhook } from '../../../../modules/notices/adapters/outbound.ts';
import type { Notice } from '../../../../modules/notices/notice.ts';
import { WebhookSecret } from '../../../../modules/notices/settings.ts';
import { localRules } from '../../../support/peer-rules.ts';
import { type PlainPeer, startPlainPeer } from '../../../support/plain-peer.ts';
import { startTlsPeer } from '../../../support/tls-peer.ts';

const [OLD, NEW] = ['whsec_b2xkIGtleSBvZiAyNCBieXRlcyBvciBtb3Jl', 'whsec_bmV3IGtleSBvZiAyNCBieXRlcyBvciBtb3Jl'];
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
  reason: 'EngineTlsError',
  missing: [{ name: 'eu-2', state: 'UNREACHABLE' }],
};
const never = new AbortController().signal;

let peer: PlainPeer;
beforeAll(async () => {
  peer = await startPlainPeer();
});
afterEach(() => peer.reset());
afterAll(() => peer?.stop());

const deliver = ({ url = peer.url, rules = localRules(), signal = never } = {}) =>
  outboundWebhook({ url, rules, secrets: async () => [OLD, NEW] })(notice, false, signal);

describe('outboundWebhook (R20, R24)', () => {
  it('posts a thin Standard Webhook that either key vouches for', async () => {
    expect(await deliver({ url: `${peer.url}/gdpr?tenant=7` })).toEqual({ kind: 'sent' });

    const [call] = peer.asked;
    expect(call).toMatchObject({ method: 'POST', path: '/gdpr?tenant=7' });
    expect(call!.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': notice.noticeId });
    for (const key of [OLD, NEW])
      expect(new Webhook(key).verify(call!.body, call!.headers)).toEqual(JSON.parse(call!.body));
    expect(() => new Webhook('whsec_YW5vdGhlciBrZXkgb2YgMjQgYnl0ZXMg').verify(call!.body, call!.headers)).toThrow();
    expect(JSON.parse(call!.body)).toEqual({
      type: 'gdpr.request.done-with-errors',
      timestamp: notice.at,
      data: { requestId, state: 'COMPLETED_WITH_ERRORS', attempt: 1, dueAt: notice.about!.dueAt },
    });
  });

  it.each([
    [503, {}, { kind: 'later', error: 'HTTP 503', busy: true }],
    [429, { 'retry-after': '120' }, { kind: 'later', error: 'HTTP 429', busy: true, retryAfter: 120 }],
    [401, {}, { kind: 'later', error: 'HTTP 401', busy: true }],
    [404, {}, { kind: 'later', error: 'HTTP 404', busy: true }],
    [302, { location: 'https://elsewhere.example.com/' }, { kind: 'later', error: 'HTTP 302', busy: true }],
    [410, {}, { kind: 'gone' }],
    [204, {}, { kind: 'sent' }],
  ] as const)('takes %i for what it is', async (status, headers, end) => {
    peer.answerWith({ status, headers });
    expect(await deliver()).toEqual(end);
    expect(peer.asked).toHaveLength(1);
  });

  it('is sent when a receiver says so, whatever the text of its answer is written in (C12)', async () => {
    const receiver = await startTlsPeer((answer) => answer.end(Buffer.from('reçu', 'latin1')));
    try {
      const rules = localRules({ trust: { mode: 'ca', pem: receiver.caPem } });
      expect(await deliver({ url: receiver.url, rules })).toEqual({ kind: 'sent' });
    } finally {
      await receiver.stop();
    }
  });

  it('goes over TLS to a receiver with a certificate of the company, and to nobody who only says so', async () => {
    const [own, other] = await Promise.all([
      startTlsPeer((answer) => answer.end()),
      startTlsPeer((answer) => answer.end()),
    ]);
    const rules = localRules({ trust: { mode: 'ca', pem: own.caPem } });

    expect(await deliver({ url: own.url, rules })).toEqual({ kind: 'sent' });
    expect(own.asked).toHaveLength(1);
    await expect(deliver({ url: other.url, rules })).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|SIGNATURE/),
    });
    await expect(deliver({ url: own.url })).rejects.toMatchObject({ code: expect.stringMatching(/CERT|SIGNATURE/) });
    expect([own.asked.length, other.asked.length]).toEqual([1, 0]);
    await Promise.all([own.stop(), other.stop()]);
  });

  it.each([
    ['http://203.0.113.7/'],
    ['https://127.0.0.1/'],
    ['https://[::1]/'],
    ['https://[::ffff:127.0.0.1]/'],
    ['https://169.254.169.254/latest/meta-data/'],
    ['https://2130706433/'],
    ['https://localhost/'],
  ])('sends nothing to %s but on one machine alone', async (url) => {
    await expect(deliver({ url, rules: localRules({ allowLoopback: false }) })).rejects.toMatchObject({
      name: 'ForbiddenAddressError',
    });
  });

  it.each([
    ['says nothing', 'silence'],
    ['stops within its answer', { status: 200, headers: { 'content-length': '100' }, body: 'x' }],
  ] as const)('ends with the function when the peer %s', async (_what, answer) => {
    peer.answerWith(answer);
    await expect(deliver({ signal: AbortSignal.timeout(100) })).rejects.toThrow();
  });

  it('waits 10 s for an answer, and no longer', async () => {
    peer.answerWith('silence');
    const start = performance.now();
    await expect(deliver()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect((performance.now() - start) / 1000).toBeCloseTo(10, 0);
  }, 20_000);

  it('takes no answer without end', async () => {
    peer.answerWith({ status: 200, body: 'x'.repeat(9 * 1024 * 1024) });
    await expect(deliver()).rejects.toMatchObject({ name: 'AnswerTooLongError' });
  });
});

describe('WebhookSecret', () => {
  it('takes one or two keys of 24 bytes and more, and no empty one', () => {
    const fits = (...secrets: string[]) => WebhookSecret.safeParse({ secrets }).success;
    expect([fits(OLD), fits(OLD, NEW), fits(), fits('whsec_'), fits('whsec_c2hvcnQ='), fits('b2xk')]).toEqual([
      ...[true, true, false, false, false, false],
    ]);
  });
});
