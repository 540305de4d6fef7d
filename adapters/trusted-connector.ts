import type { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import type { Trust } from '../core/model.ts';

/** Seconds for TCP and TLS together. */
const CONNECT_TIMEOUT_SECONDS = 10;

/** The peer is not the one that is trusted. */
export class UntrustedPeerError extends Error {
  override readonly name = 'UntrustedPeerError';
}

/**
 * A connector that hands over a socket only when its certificate is trusted, so that no byte, and no password, reaches
 * another peer (R11).
 */
export function trustedConnector(trust: Trust, now: Date): buildConnector.connector {
  const checked = trust.mode === 'ca';
  if (trust.mode === 'insecure' && now.toISOString().slice(0, 10) > trust.until) {
    return (_options, callback) => callback(new UntrustedPeerError('the insecure mode has ended'), null);
  }
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_SECONDS * 1000,
    rejectUnauthorized: checked,
    ...(checked && trust.pem !== undefined && { ca: trust.pem }),
  });
  if (trust.mode !== 'fingerprint') return connect;
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null);
      if ((socket as TLSSocket).getPeerCertificate().fingerprint256 === trust.sha256) return callback(null, socket);
      socket.destroy();
      callback(new UntrustedPeerError('another certificate than the pinned one'), null);
    });
}

const TLS_CODE = /CERT|SIGNATURE|ISSUER|TLS|SSL/;

/** True when a connection failed over the peer's certificate. */
export function isTrustFailure(error: unknown): boolean {
  if (error instanceof UntrustedPeerError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && !code.startsWith('UND_') && TLS_CODE.test(code);
}
