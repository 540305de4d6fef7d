import { createHmac, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { jiraSignature } from '../../../modules/ticket-systems/jira/vendor.ts';
import { standardWebhooks, ticketWebhooks, webhookSecrets } from '../../../modules/ticket-systems/signature.ts';
import { VENDORS } from '../../../modules/ticket-systems/vendors.ts';
import { zendeskSignature } from '../../../modules/ticket-systems/zendesk/vendor.ts';
import { signedCall as call } from '../../support/vendors/stand-in.ts';

afterEach(() => void vi.useRealTimers());

const now = new Date('2026-11-24T09:00:00Z');

describe('published vectors of signatures (R20)', () => {
  it('Jira: HMAC of the body by SHA-256, and by no other method', () => {
    const hex = 'a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9';
    const key = "It's a Secret to Everybody";
    const signed = (signature: string) =>
      jiraSignature.isSigned(call('Hello World!', { 'x-hub-signature': signature }), key);
    expect(signed(`sha256=${hex}`)).toBe(true);
    const sha1 = createHmac('sha1', key).update('Hello World!').digest('hex');
    for (const other of [hex, `sha1=${sha1}`, `SHA256=${hex}`, `sha256=${hex.toUpperCase()}`, `sha256=${hex}0`, '']) {
      expect(signed(other)).toBe(false);
    }
  });

  it('Zendesk: the time first, then the body; the key as text, not decoded', () => {
    const key = 'HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=';
    const [at, body] = ['2021-07-25T10:00:00Z', '{"say": "hello"}'];
    const signed = (signature: string) =>
      zendeskSignature.isSigned(
        call(body, { 'x-zendesk-webhook-signature': signature, 'x-zendesk-webhook-signature-timestamp': at }),
        key,
      );
    expect(signed('Rry/4TtIdFyawtXXp8QdI6tlAUUQ/5kL1OTp5qo/ZIk=')).toBe(true);
    expect(
      signed(
        createHmac('sha256', key)
          .update(body + at)
          .digest('base64'),
      ),
    ).toBe(false); // of an older page
    expect(
      signed(
        createHmac('sha256', Buffer.from(key, 'base64'))
          .update(at + body)
          .digest('base64'),
      ),
    ).toBe(false);
  });

  it('Standard Webhooks: id, time and body; one good signature of several is enough', () => {
    vi.useFakeTimers({ now: new Date(1_614_265_330_000) });
    const vector = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
    const signed = (signature: string, body = '{"test": 2432232314}') =>
      standardWebhooks.isSigned(
        call(body, {
          'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
          'webhook-timestamp': '1614265330',
          'webhook-signature': signature,
        }),
        'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      );
    expect(signed(vector)).toBe(true);
    expect(signed(`v1,${randomBytes(32).toString('base64')} ${vector}`)).toBe(true);
    expect(signed(vector, '{"test": 2432232315}')).toBe(false);
    expect(signed(vector.replace('v1,', 'v1a,'))).toBe(false);
  });
});

describe('the time of a webhook of Jira', () => {
  it('must be there where it is signed', async () => {
    const hooks = ticketWebhooks(VENDORS.jira, jiraSignature, async () => ['f'.repeat(32)]);
    const body = '{"issue":{"key":"GDPR-7"}}';
    const hex = createHmac('sha256', 'f'.repeat(32)).update(body).digest('hex');
    expect(await hooks.isGenuine(call(body, { 'x-hub-signature': `sha256=${hex}` }), now)).toBe(false);
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
    expect(webhookSecrets(VENDORS.zendesk.signature).safeParse({ secrets }).success).toBe(isTaken);
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
    expect(webhookSecrets(standardWebhooks).safeParse({ secrets: [secret] }).success).toBe(isTaken);
  });
});
