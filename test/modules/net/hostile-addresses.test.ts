import dns from 'node:dns';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { isIP } from 'node:net';
import { connect, createServer, type TlsOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../local/simulator/servers/certificates.ts';
import { serve } from '../../../local/simulator/servers/serving.ts';
import { isForbidden, isTrustFailure, send, TrustedAgent } from '../../../modules/net/https-agent.ts';
import { guardedCall } from '../../../modules/net/json-call.ts';
import { lookAtPeer } from '../../../modules/net/look-at-peer.ts';
import { localRules } from '../../support/peer-rules.ts';
import { startPlainPeer } from '../../support/plain-peer.ts';

const open: (() => unknown)[] = [];
const { lookup } = dns;
afterEach(async () => {
  dns.lookup = lookup;
  syncBuiltinESMExports();
  for (const end of open.splice(0)) await end();
});

const authority = createAuthority('One');
const trust = { mode: 'ca', pem: authority.pem } as const;
const rules = (allowLoopback = false) => localRules({ trust, allowLoopback });

/** A peer of this machine that must get nothing, and a call to it under another name. */
async function setup() {
  const seen: unknown[] = [];
  const certificate = authority.issue('peer');
  const peer = await serve((request, response) => void response.end(String(seen.push(request.url))), 0, {
    certificate,
  });
  open.push(() => peer.stop());
  const ask = async (host: string, signal = AbortSignal.timeout(20_000)) => {
    const agent = new TrustedAgent(rules());
    open.push(() => agent.destroy());
    const url = new URL(`https://${host}:${peer.port}/`);
    return send(agent, { url, method: 'GET', headers: { authorization: 'secret' }, signal });
  };
  return { ask, seen, port: peer.port };
}

/** A name service that answers as it is told, the last answer again and again. @param after called once it has answered */
function resolving(answers: readonly (readonly string[])[], after = () => {}): () => number {
  let asked = 0;
  dns.lookup = ((_name: string, _options: object, done: (error: null, found: object[]) => void) => {
    const addresses = answers[Math.min(asked, answers.length - 1)]!;
    asked += 1;
    done(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
    setImmediate(after);
  }) as unknown as typeof dns.lookup;
  syncBuiltinESMExports();
  return () => asked;
}

describe('addresses of this machine in other forms (R11)', () => {
  it.each([
    ['6to4 of loopback', '2002:7f00:1::'],
    ['6to4 of the metadata service', '2002:a9fe:a9fe::1'],
    ['6to4 of 0.0.0.0', '2002::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['NAT64 of loopback', '64:ff9b::7f00:1'],
    ['NAT64 of 0.0.0.0', '64:ff9b::'],
    ['NAT64 of the metadata service', '64:ff9b::a9fe:a9fe'],
    ['NAT64 with a prefix of its own', '64:ff9b:1::a9fe:a9fe'],
    ['IPv4-mapped', '::ffff:7f00:1'],
    ['IPv4-compatible', '::7f00:1'],
  ])('%s: %s is forbidden', (_what, address) => expect(isForbidden(address)).toBe(true));

  it.each(['2002:a00:1::', '64:ff9b::a00:1', '2001:db8::7f00:1', '2001:4860::1', '::ffff:10.0.0.1'])(
    '%s, where an Engine may be, is allowed',
    (address) => expect(isForbidden(address)).toBe(false),
  );

  it.each(['2130706433', '0x7f000001', '0177.0.0.1', '127.1', '0', '[::1]', '[::ffff:127.0.0.1]', 'localhost'])(
    'the host %s is this machine, and gets nothing',
    async (host) => {
      const { ask, seen, port } = await setup();
      await expect(ask(host)).rejects.toMatchObject({ name: 'ForbiddenAddressError' });
      const { faults } = await lookAtPeer({ host: host.replace(/[[\]]/g, ''), port }, rules(), 20_000);
      expect(['address-forbidden', 'name-unknown']).toContain(faults[0]);
      expect(seen).toEqual([]);
    },
  );
});

describe('a name whose address changes (R11)', () => {
  it('is asked once for each connection, whose address is the one that was checked', async () => {
    const { ask, seen } = await setup();
    const first = new AbortController();
    const asked = resolving([['203.0.113.9'], ['127.0.0.1']], () => first.abort());

    await expect(ask('rebinding.example', first.signal)).rejects.toThrow();
    expect(asked()).toBe(1); // a second question between check and connection would get the second answer
    await expect(ask('rebinding.example')).rejects.toMatchObject({ name: 'ForbiddenAddressError' });
    expect(asked()).toBe(2);
    expect(seen).toEqual([]);
  });

  it.each([[['203.0.113.9', '127.0.0.1']], [['203.0.113.9', '::1']], [['203.0.113.9', '2002:7f00:1::']]])(
    'is refused when one of its addresses is forbidden: %j',
    async (addresses) => {
      const { ask, seen } = await setup();
      resolving([addresses]);
      await expect(ask('two-faced.example')).rejects.toMatchObject({ name: 'ForbiddenAddressError' });
      expect(seen).toEqual([]);
    },
  );
});

describe('a redirect (R11)', () => {
  it.each([301, 302, 303, 307, 308])('of status %i is answered as it is, and not followed', async (status) => {
    const peer = await startPlainPeer();
    open.push(() => peer.stop());
    peer.answerWith({ status, headers: { location: `${peer.url}/elsewhere` }, body: 'moved' });
    const headers = { authorization: 'secret' };

    const answer = await guardedCall({ method: 'GET', url: new URL(peer.url), headers }, localRules());

    expect(answer).toMatchObject({ status, body: 'moved' });
    expect(peer.asked.map(({ path }) => path)).toEqual(['/']);
  });

  it('to plain HTTP cannot be reached by an address of the settings either', async () => {
    const peer = await startPlainPeer();
    open.push(() => peer.stop());
    const call = guardedCall({ method: 'GET', url: new URL(peer.url), headers: {} }, rules());
    await expect(call).rejects.toMatchObject({ name: 'ForbiddenAddressError' });
    expect(peer.asked).toEqual([]);
  });
});

describe('TLS of a version that is broken (R11)', () => {
  /** As old as OpenSSL can be. */
  const OLD = {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  } as const satisfies TlsOptions;

  it('gets no byte, though the server is there for those who speak it', async () => {
    const { cert, key } = authority.issue('peer');
    const shaken: unknown[] = [];
    const server = createServer({ cert, key, ...OLD }, (socket) => {
      shaken.push(socket.getProtocol());
      socket.on('error', () => {}).end();
    });
    server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(() => server.close());
    const { port } = server.address() as { port: number };
    const old = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...OLD });
    await once(old, 'secureConnect');
    old.destroy();

    const agent = new TrustedAgent(rules(true));
    open.push(() => agent.destroy());
    const url = new URL(`https://127.0.0.1:${port}/`);
    const failure: unknown = await send(agent, {
      url,
      method: 'GET',
      headers: { authorization: 'secret' },
      signal: AbortSignal.timeout(20_000),
    }).catch((error: unknown) => error);

    expect(isTrustFailure(failure)).toBe(true);
    expect(shaken).toEqual(['TLSv1.1']); // of the old client alone
    expect((await lookAtPeer({ host: '127.0.0.1', port }, rules(true), 20_000)).faults).toEqual(['no-tls']);
  });
});
