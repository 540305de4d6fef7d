import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import { ForbiddenAddressError, isForbidden, lookUpGuarded } from './peer-address.ts';
import type { Trust } from './trust.ts';

/** For name, TCP and TLS together. */
const CONNECT_TIMEOUT_MS = 10_000;

/** The peer is not the one that is trusted. */
class UntrustedPeerError extends Error {
  override readonly name = 'UntrustedPeerError';
}

/** The peer took no connection in time; nothing was sent. */
export class SilentPeerError extends Error {
  override readonly name = 'SilentPeerError';
}

/** True when a request failed before a connection came about; where that is not known for sure, false. */
export function isUnsent(error: unknown): boolean {
  const { syscall } = (error ?? {}) as { readonly syscall?: unknown };
  return error instanceof SilentPeerError || syscall === 'connect' || syscall === 'getaddrinfo';
}

/** What a connection has to be like. */
export interface ConnectionRules {
  readonly trust: Trust;
  readonly now: () => Date;
  /** True on one machine alone, where the peers are simulated. */
  readonly allowLoopback: boolean;
  /** Called for each connection whose certificate is not checked (mode `insecure`). */
  readonly onUnchecked: () => void;
}

/**
 * One kept connection to one peer. A socket is handed over only when its certificate is trusted, so that no byte, and
 * no password, reaches another peer (R11); and only to an address where a peer can be.
 */
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
      // The type wants a socket that this call, which ends here, does not have.
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

/** What is sent: a form, or a body of another type. */
export interface TrustedRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  /** Value of the header of that name. */
  readonly authorization?: string;
  readonly form?: string;
  readonly body?: { readonly type: string; readonly bytes: Buffer };
  readonly signal: AbortSignal;
}

/** HTTP Basic credentials. Source: RFC 7617, in UTF-8. */
export const basicAuthorization = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/**
 * Sends one request and gives the answer once its head is there. No redirect is followed. A kept connection that the
 * peer had just given up is replaced by a new one, once.
 */
export function send(agent: TrustedAgent, sent: TrustedRequest): Promise<IncomingMessage> {
  const { url, method, authorization, form, signal } = sent;
  const body = form === undefined ? sent.body : { type: 'application/x-www-form-urlencoded', bytes: Buffer.from(form) };
  const headers = {
    ...(authorization !== undefined && { authorization }),
    ...(body && { 'content-type': body.type, 'content-length': body.bytes.length }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers, signal });
    outgoing.once('response', resolve);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const gaveUp = outgoing.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted;
      if (gaveUp) resolve(send(agent, sent));
      else reject(error);
    });
    outgoing.end(body?.bytes);
  });
}

const TLS_CODE = /CERT|SIGNATURE|ISSUER|TLS|SSL/;

/** True when a connection failed over the peer's certificate. */
export function isTrustFailure(error: unknown): boolean {
  if (error instanceof UntrustedPeerError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && TLS_CODE.test(code);
}
