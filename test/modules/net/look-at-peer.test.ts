import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../local/simulator/servers/certificates.ts';
import { serve } from '../../../local/simulator/servers/serving.ts';
import type { ConnectionRules } from '../../../modules/net/https-agent.ts';
import { lookAtPeer } from '../../../modules/net/look-at-peer.ts';
import { localRules } from '../../support/peer-rules.ts';

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});

const authority = createAuthority('Company CA');

/** Looks at a peer on this machine. */
async function look(
  odd: Parameters<typeof authority.issue>[1],
  facts: Partial<ConnectionRules> = {},
  host = '127.0.0.1',
) {
  const certificate = authority.issue('peer', odd);
  let requests = 0;
  const peer = await serve(() => void requests++, 0, { certificate });
  open.push(peer);
  const rules = localRules({ trust: { mode: 'ca', pem: authority.pem }, ...facts });
  return { ...(await lookAtPeer({ host, port: peer.port }, rules, 5_000)), cert: certificate.cert, requests };
}

describe('lookAtPeer (R11)', () => {
  it('shows the certificate of a trusted peer, and sends it nothing', async () => {
    const { faults, certificate, cert, requests } = await look({});
    const { fingerprint256 } = new X509Certificate(cert);

    expect({ faults, requests }).toEqual({ faults: [], requests: 0 });
    expect(certificate).toMatchObject({
      subject: 'CN=peer',
      issuer: 'CN=Company CA',
      alternativeNames: ['IP Address:127.0.0.1', 'DNS:localhost'],
      sha256: fingerprint256,
    });
  });

  it('names several faults of one certificate', async () => {
    const trust = { mode: 'ca', pem: createAuthority('Other CA').pem } as const;

    expect((await look({ name: null }, { trust })).faults).toEqual([
      'certificate-issuer',
      'certificate-no-alternative-name',
    ]);
    expect((await look({ name: 'e1.example', endedHours: 1 })).faults).toEqual([
      'certificate-expired',
      'certificate-other-name',
    ]);
  });

  it('counts the days of the certificate by our clock', async () => {
    const { faults } = await look({}, { now: () => new Date('2020-01-01') });

    expect(faults).toEqual(['certificate-not-yet-valid']);
  });

  it('compares the name that is called', async () => {
    expect((await look({}, {}, 'localhost')).faults).toEqual([]);
    expect((await look({ name: 'e1.example' }, {}, 'localhost')).faults).toEqual(['certificate-other-name']);
  });

  it('trusts a fingerprint alone, however wrong the rest is', async () => {
    const odd = { name: null, endedHours: 1 };
    const other = { mode: 'fingerprint', sha256: 'AB' } as const;

    expect((await look(odd, { trust: other })).faults).toEqual(['certificate-other-fingerprint']);
  });

  it('checks nothing until the day that the settings name', async () => {
    const until = (day: string) => ({ trust: { mode: 'insecure', until: day } as const });

    expect(
      (await look({ name: null }, { ...until('2026-12-31'), now: () => new Date('2026-12-31T23:59:00Z') })).faults,
    ).toEqual([]);
    expect((await look({}, { ...until('2026-12-31'), now: () => new Date('2027-01-01') })).faults).toEqual([
      'trust-ended',
    ]);
  });

  it.each(['127.0.0.1', '169.254.169.254', 'localhost', '2130706433'])(
    'connects to no forbidden address: %s',
    async (host) => {
      expect((await look({}, { allowLoopback: false }, host)).faults).toEqual(['address-forbidden']);
    },
  );
});
