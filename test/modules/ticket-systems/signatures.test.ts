import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SCHEMES, type SchemeName } from '../../../modules/ticket-systems/signatures.ts';
import type { SignedCall } from '../../../modules/ticket-systems/signed-call.ts';
import { ticketWebhooks } from '../../../modules/ticket-systems/webhooks.ts';

afterEach(() => void vi.useRealTimers());

const now = new Date('2026-11-24T09:00:00Z');
const call = (body: string | Buffer, headers: SignedCall['headers']): SignedCall => ({
  headers,
  body: Buffer.from(body),
});
const WHSEC = `whsec_${randomBytes(32).toString('base64')}`;
const secret = randomBytes(24).toString('hex');

describe('published vectors of signatures (R20, docs/tickets.md)', () => {
  it('Jira: HMAC of the body by SHA-256, and by no other method', () => {
    const hex = 'a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9';
    const key = "It's a Secret to Everybody";
    const signed = (signature: string) =>
      SCHEMES.jira.isSigned(call('Hello World!', { 'x-hub-signature': signature }), key);
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
      SCHEMES.zendesk.isSigned(
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
      SCHEMES.standard.isSigned(
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

/** A genuine webhook of each kind about ticket KEYS[kind], signed at a time. */
const KEYS = { jira: 'GDPR-7', zendesk: '35436', freshservice: '12', standard: '0123456789abcdef0123456789abcdef' };
const genuine: Readonly<Record<SchemeName, (at: Date, key?: string, id?: string) => SignedCall>> = {
  jira(at, key = secret, id = 'ident-1') {
    const body = JSON.stringify({
      timestamp: at.getTime(),
      issue: { key: KEYS.jira, fields: { summary: 'Ünïcode 姓名' } },
    });
    const hex = createHmac('sha256', key).update(body).digest('hex');
    return call(body, { 'x-hub-signature': `sha256=${hex}`, 'x-atlassian-webhook-identifier': id });
  },
  zendesk(at, key = secret, id = 'invocation-1') {
    const body = JSON.stringify({ ticket_id: 35436, subject: 'Ünïcode 姓名' });
    const time = at.toISOString();
    return call(body, {
      'x-zendesk-webhook-signature': createHmac('sha256', key)
        .update(time + body)
        .digest('base64'),
      'x-zendesk-webhook-signature-timestamp': time,
      'x-zendesk-webhook-invocation-id': id,
    });
  },
  freshservice: (at, key = secret, id = '1') =>
    call(JSON.stringify({ ticket_id: 12, updated_at: at.toISOString(), id }), { 'x-gdpr-secret': key }),
  standard(at, key = WHSEC, id = 'sys.3') {
    const body = JSON.stringify({ type: 'ticket.approved', data: { key: KEYS.standard } });
    return call(body, {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(key).sign(id, at, body),
    });
  },
};
const vendorOf = (kind: SchemeName) => (kind === 'standard' ? 'servicenow' : kind);
const hooks = (kind: SchemeName, ...secrets: string[]) =>
  ticketWebhooks(vendorOf(kind), kind, async () =>
    secrets.length > 0 ? secrets : [kind === 'standard' ? WHSEC : secret],
  );
const KINDS = Object.keys(SCHEMES) as SchemeName[];
const signatureHeader = {
  jira: 'x-hub-signature',
  zendesk: 'x-zendesk-webhook-signature',
  freshservice: 'x-gdpr-secret',
  standard: 'webhook-signature',
};

describe.each(KINDS)('webhooks of kind %s', (kind) => {
  const isGenuine = (given: SignedCall, ...secrets: string[]) => hooks(kind, ...secrets).isGenuine(given, now);
  const other = kind === 'standard' ? `whsec_${randomBytes(24).toString('base64')}` : randomBytes(24).toString('hex');
  const own = kind === 'standard' ? WHSEC : secret;

  it('are taken when genuine, and name ticket and event', async () => {
    vi.useFakeTimers({ now });
    expect(await isGenuine(genuine[kind](now))).toBe(true);
    const read = hooks(kind).read(genuine[kind](now));
    expect(read).toEqual({ ticketKey: KEYS[kind], deliveryId: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const again = hooks(kind).read(genuine[kind](now));
    // What Freshservice sends of an approval may be what it sent of the change before.
    if (kind === 'freshservice') expect(again).not.toEqual(read);
    else expect(again).toEqual(read);
    expect(hooks(kind).read(genuine[kind](now, own, 'another'))).not.toEqual(read);
  });

  it('are taken by either of two secrets, and by no other, nor an empty one', async () => {
    vi.useFakeTimers({ now });
    expect(await isGenuine(genuine[kind](now, other), own, other)).toBe(true);
    expect(await isGenuine(genuine[kind](now), own, other)).toBe(true);
    expect(await isGenuine(genuine[kind](now, other))).toBe(false);
    if (kind !== 'standard') expect(await isGenuine(genuine[kind](now, ''), '')).toBe(false);
    expect(await ticketWebhooks(vendorOf(kind), kind, async () => []).isGenuine(genuine[kind](now), now)).toBe(false);
  });

  it('are refused with any bit of the body or the signature flipped, or with the signature missing or twice', async () => {
    vi.useFakeTimers({ now });
    const good = genuine[kind](now);
    const name = signatureHeader[kind];
    const value = good.headers[name]!;
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat({ max: 7 }), async (at, bit) => {
        const flip = (bytes: Buffer) => {
          const copy = Buffer.from(bytes);
          copy[at % copy.length]! ^= 1 << bit;
          return copy;
        };
        if (kind !== 'freshservice') expect(await isGenuine({ ...good, body: flip(good.body) })).toBe(false);
        // The last character of base64 holds bits that count for nothing.
        const changed = flip(Buffer.from(value.slice(0, -2))).toString('latin1') + value.slice(-2);
        expect(await isGenuine({ ...good, headers: { ...good.headers, [name]: changed } })).toBe(false);
      }),
      { numRuns: 200 },
    );
    for (const wrong of [undefined, '', `${value},${value}`, `${value}, x`]) {
      expect(await isGenuine({ ...good, headers: { ...good.headers, [name]: wrong } })).toBe(false);
    }
  });

  it('name no ticket when the body is not JSON, is empty, or the key is none', () => {
    const headers = genuine[kind](now).headers;
    const odd = [
      '',
      'null',
      '[]',
      'no json',
      '{"issue":7}',
      '{"ticket_id":"../users","data":{"key":"x/y"},"issue":{"key":"A-1/b"}}',
    ];
    for (const body of odd) expect(hooks(kind).read(call(body, headers))).toBeUndefined();
  });
});

describe('the time of a webhook', () => {
  const minutes = (count: number) => new Date(now.getTime() + count * 60_000);
  it.each([
    ['jira', -24 * 60 + 1, true],
    ['jira', -24 * 60 - 1, false],
    ['jira', 2, false],
    ['zendesk', -59, true],
    ['zendesk', -61, false],
    ['zendesk', 2, false],
    ['standard', -4, true],
    ['standard', -6, false],
    ['standard', 6, false],
  ] as const)('%s, %d minutes from now: %s', async (kind, from, isTaken) => {
    vi.useFakeTimers({ now });
    expect(await hooks(kind).isGenuine(genuine[kind](minutes(from)), now)).toBe(isTaken);
  });

  it('must be there where it is signed', async () => {
    const body = '{"issue":{"key":"GDPR-7"}}';
    const hex = createHmac('sha256', secret).update(body).digest('hex');
    expect(await hooks('jira').isGenuine(call(body, { 'x-hub-signature': `sha256=${hex}` }), now)).toBe(false);
  });
});
