import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import type { Trust } from '../core/model.ts';

/** For TCP and TLS together. */
const CONNECT_TIMEOUT_MS = 10_000;

/** The peer is not the one that is trusted. */
export class UntrustedPeerError extends Error {
  override readonly name = 'UntrustedPeerError';
}

/**
 * One kept connection to one peer. A socket is handed over only when its certificate is trusted, so that no byte, and
 * no password, reaches another peer (R11).
 */
export class TrustedAgent extends Agent {
  readonly #trust: Trust;
  readonly #now: () => Date;

  constructor(trust: Trust, now: () => Date) {
    super({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0 });
    this.#trust = trust;
    this.#now = now;
  }

  override createConnection(
    options: ConnectionOptions,
    handOver?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const trust = this.#trust;
    const socket = connect({
      ...options,
      rejectUnauthorized: trust.mode === 'ca',
      ...(trust.mode === 'ca' && trust.pem !== undefined && { ca: trust.pem }),
    });
    const fail = (error: Error) => {
      socket.destroy();
      handOver?.(error, socket);
    };
    const timer = setTimeout(() => fail(new Error('no connection in time')), CONNECT_TIMEOUT_MS);
    socket.once('error', fail);
    socket.once('close', () => clearTimeout(timer));
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      const seen = socket.getPeerCertificate().fingerprint256;
      if (trust.mode === 'fingerprint' && seen !== trust.sha256)
        return fail(new UntrustedPeerError('another certificate'));
      if (trust.mode === 'insecure' && this.#now().toISOString().slice(0, 10) > trust.until) {
        return fail(new UntrustedPeerError('the insecure mode has ended'));
      }
      handOver?.(null, socket);
    });
  }
}

/** What is sent; a body makes it a form. */
export interface TrustedRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly username: string;
  readonly password: string;
  readonly form?: string;
  readonly signal: AbortSignal;
}

/** Sends one request with Basic auth and gives the answer once its head is there. No redirect is followed. */
export function send(
  agent: TrustedAgent,
  { url, method, username, password, form, signal }: TrustedRequest,
): Promise<IncomingMessage> {
  const headers = {
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    ...(form !== undefined && {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(form),
    }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers, signal });
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.end(form);
  });
}

const TLS_CODE = /CERT|SIGNATURE|ISSUER|TLS|SSL/;

/** True when a connection failed over the peer's certificate. */
export function isTrustFailure(error: unknown): boolean {
  if (error instanceof UntrustedPeerError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && TLS_CODE.test(code);
}
