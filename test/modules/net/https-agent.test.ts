import { X509Certificate } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../local/simulator/servers/certificates.ts';
import { serve } from '../../../local/simulator/servers/serving.ts';
import { isForbidden, isTrustFailure, send, TrustedAgent } from '../../../modules/net/https-agent.ts';
import type { Trust } from '../../../modules/net/trust.ts';

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});

/** A peer with a certificate, another one from the second connection on, and what of a password it got. */
async function setup() {
  const [authority, stranger] = [createAuthority('One'), createAuthority('Other')];
  const certificate = authority.issue('peer');
  const later = { certificate: stranger.issue('peer'), connections: 1 };
  const seen: (string | undefined)[] = [];
  const peer = await serve(
    (request, response) => {
      seen.push(request.headers.authorization);
      response.setHeader('connection', 'close');
      response.end('hello');
    },
    0,
    { certificate, later },
  );
  open.push(peer);
  const ask = async (trust: Trust, host = '127.0.0.1', allowLoopback = true) => {
    const rules = { trust, now: () => new Date('2026-11-23T08:00:00Z'), allowLoopback, onUnchecked: () => {} };
    const agent = new TrustedAgent(rules);
    open.push({ stop: () => agent.destroy() });
    const url = new URL(`https://${host}:${peer.port}/`);
    const answer = await send(agent, {
      url,
      method: 'GET',
      headers: { authorization: 'secret' },
      signal: AbortSignal.timeout(5_000),
    });
    return await text(answer);
  };
  const sha256 = new X509Certificate(certificate.cert).fingerprint256;
  return { ask, seen, caPem: authority.pem, sha256 };
}

describe('TrustedAgent (R11)', () => {
  it('trusts by CA bundle: the name of the host counts, too', async () => {
    const { ask, seen, caPem } = await setup();
    expect(await ask({ mode: 'ca', pem: caPem }, 'localhost')).toBe('hello');
    expect(seen).toEqual(['secret']);
  });

  it('trusts by fingerprint, whoever issued the certificate', async () => {
    const { ask, sha256 } = await setup();
    expect(await ask({ mode: 'fingerprint', sha256 })).toBe('hello');
  });

  it.each(['ca', 'fingerprint'] as const)('notices by %s that the certificate has changed', async (mode) => {
    const { ask, seen, caPem, sha256 } = await setup();
    const trust: Trust = mode === 'ca' ? { mode, pem: caPem } : { mode, sha256 };
    expect(await ask(trust)).toBe('hello');
    const failure: unknown = await ask(trust).catch((error: unknown) => error);
    expect(isTrustFailure(failure)).toBe(true);
    expect(seen).toHaveLength(1);
  });

  it('does not take the public CAs for ours', async () => {
    const { ask, seen } = await setup();
    const failure: unknown = await ask({ mode: 'ca' }).catch((error: unknown) => error);
    expect(isTrustFailure(failure)).toBe(true);
    expect(seen).toEqual([]);
  });

  it('checks the address that a name resolves to, and connects to no other', async () => {
    const { ask, seen, caPem } = await setup();
    await expect(ask({ mode: 'ca', pem: caPem }, 'localhost', false)).rejects.toThrow(
      expect.objectContaining({ name: 'ForbiddenAddressError' }),
    );
    expect(seen).toEqual([]);
  });
});

describe('isForbidden', () => {
  it.each([
    '0.0.0.0',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '::',
    '::1',
    '::127.0.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:7f00:1',
    'fd00:ec2::254',
    '64:ff9b::169.254.169.254',
  ])('forbids %s', (address) => expect(isForbidden(address)).toBe(true));

  it.each(['10.0.0.1', '192.168.1.20', '172.16.0.9', '128.0.0.1', '169.253.1.1', '2001:db8::1', 'fd12:3456::1'])(
    'allows %s, where Engines are',
    (address) => expect(isForbidden(address)).toBe(false),
  );
});
