import { lookup } from 'node:dns';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import type { Trust } from './trust.ts';

/** The peer is this machine, or a service of its own network such as a cloud's metadata. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
}

/** Addresses that are never an Engine or a Portal. IPv4 rules also match IPv4-mapped IPv6 addresses. */
const FORBIDDEN = /* @__PURE__ */ blockList(
  '0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 ::/96 fe80::/10', // this machine and its link; `::/96` has the old IPv4-compatible form
  'fd00:ec2::/32', // metadata and other services of AWS
  '64:ff9b::/104 64:ff9b::7f00:0/104 64:ff9b::a9fe:0/112 64:ff9b:1::/48', // the same behind NAT64, or who knows what
  '2002::/24 2002:7f00::/24 2002:a9fe::/32 2001::/32', // the same by 6to4; Teredo hides where it leads
);

function blockList(...groups: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of groups.flatMap((group) => group.split(' '))) {
    const [address, prefix] = subnet.split('/') as [string, string];
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** True for an IP address that must not get a password. */
export function isForbidden(address: string): boolean {
  const [plain = ''] = address.split('%'); // without the zone
  return FORBIDDEN.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/** Resolves a name, in any spelling of an address, once for the connection that follows. No address of it may be forbidden. */
export const lookUpGuarded: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '', 0);
    if (found.some(({ address }) => isForbidden(address))) return done(new ForbiddenAddressError(), '', 0);
    if (options.all) return done(null, found);
    done(null, found[0]!.address, found[0]!.family);
  });
};

/** For name lookup, TCP and TLS together. */
const CONNECT_TIMEOUT_MS = 10_000;

class UntrustedPeerError extends Error {
  override readonly name = 'UntrustedPeerError';
}

/** The peer did not accept a connection in time. Nothing was sent. */
export class SilentPeerError extends Error {
  override readonly name = 'SilentPeerError';
}

/** True when a request certainly failed before there was a connection. */
export function isUnsent(error: unknown): boolean {
  const { syscall } = (error ?? {}) as { readonly syscall?: unknown };
  return error instanceof SilentPeerError || syscall === 'connect' || syscall === 'getaddrinfo';
}

export interface ConnectionRules {
  readonly trust: Trust;
  readonly now: () => Date;
  /** True only for the system on one machine, whose peers are simulated. */
  readonly allowLoopback: boolean;
  /** Called for each connection with an unchecked certificate (mode `insecure`). */
  readonly onUnchecked: () => void;
}

/** One kept connection to one peer. No byte reaches a peer whose address and certificate were not checked (R11). */
export class TrustedAgent extends Agent {
  readonly #rules: ConnectionRules;

  constructor(rules: ConnectionRules) {
    super({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0 });
    this.#rules = rules;
  }

  override createConnection(
    options: ConnectionOptions,
    handOver?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { trust, now, allowLoopback, onUnchecked } = this.#rules;
    const host = options.host ?? '';
    if (!allowLoopback && isIP(host) && isForbidden(host)) {
      // The type requires a socket, but there is none.
      (handOver as ((error: Error) => void) | undefined)?.(new ForbiddenAddressError());
      return;
    }
    const socket = connect({
      ...options,
      ...(!allowLoopback && { lookup: lookUpGuarded }),
      rejectUnauthorized: trust.mode === 'ca',
      ...(trust.mode === 'ca' && trust.pem !== undefined && { ca: trust.pem }),
    });
    const fail = (error: Error) => {
      socket.destroy();
      handOver?.(error, socket);
    };
    const timer = setTimeout(() => fail(new SilentPeerError()), CONNECT_TIMEOUT_MS);
    socket.once('error', fail);
    socket.once('close', () => clearTimeout(timer));
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      const seen = socket.getPeerCertificate().fingerprint256;
      if (trust.mode === 'fingerprint' && seen !== trust.sha256) return fail(new UntrustedPeerError());
      if (trust.mode === 'insecure') {
        if (now().toISOString().slice(0, 10) > trust.until) return fail(new UntrustedPeerError());
        onUnchecked();
      }
      handOver?.(null, socket);
    });
  }
}

export interface TrustedRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  readonly signal: AbortSignal;
}

/** HTTP Basic credentials. Source: RFC 7617, in UTF-8. */
export const basicAuthorization = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Sends one request, again if the peer has just closed the kept connection. It follows no redirect. Without an agent: plain HTTP. */
export function send(agent: TrustedAgent | undefined, sent: TrustedRequest): Promise<IncomingMessage> {
  const { url, method, body, signal } = sent;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const options = { agent: agent ?? false, method, headers: { ...sent.headers, ...length }, signal };
  return new Promise((resolve, reject) => {
    const outgoing = (agent ? request : plainRequest)(url, options);
    outgoing.once('response', resolve);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const wasClosed = outgoing.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted;
      if (wasClosed) resolve(send(agent, sent));
      else reject(error);
    });
    outgoing.end(body);
  });
}

const TLS_CODE = /CERT|SIGNATURE|ISSUER|TLS|SSL/;

/** True when a connection failed because of the peer's certificate. */
export function isTrustFailure(error: unknown): boolean {
  if (error instanceof UntrustedPeerError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && TLS_CODE.test(code);
}
