import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { SimulatorOptionError } from '../option-error.ts';
import type { ServerCertificate } from './certificates.ts';

/** A server on 127.0.0.1. */
export interface Serving {
  readonly port: number;
  /** Cuts every connection and waits until the port is free. */
  stop(): Promise<void>;
}

/** The certificate of a server, and another one that it shows after some connections. */
export interface Identity {
  readonly certificate: ServerCertificate;
  readonly later?: { readonly certificate: ServerCertificate; readonly connections: number };
}

/**
 * Serves HTTPS, or HTTP without an identity.
 * @param port 0 for a free one
 * @param connected called for each TCP connection
 * @throws {SimulatorOptionError} the port is taken
 */
export async function serve(
  listener: RequestListener,
  port: number,
  identity: Identity | undefined,
  connected: () => void = () => {},
): Promise<Serving> {
  const server = identity ? serveTls(listener, identity) : createHttpServer(listener);
  server.on('connection', connected);
  await listen(server, port);
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, stop };
}

function serveTls(listener: RequestListener, { certificate, later }: Identity) {
  const server = createHttpsServer(certificate, listener);
  if (!later) return server;
  let seen = 0;
  const change = () => {
    if (seen === later.connections) server.setSecureContext(later.certificate);
  };
  change();
  server.on('secureConnection', () => {
    seen += 1;
    change();
  });
  return server;
}

const listen = (server: Pick<Server, 'once' | 'listen' | 'off'>, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new SimulatorOptionError(`port ${port} is taken: choose another`) : error);
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', fail);
      resolve();
    });
  });

/** A port on which nobody listens, outside the range that the system hands out by itself. */
export async function findDeadPort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 10_000);
    const probe = createSocketServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}
