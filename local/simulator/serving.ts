import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import type { ServerCertificate } from './certificates.ts';
import { SimulatorOptionError } from './faults.ts';

/** A server on 127.0.0.1. */
export interface Serving {
  readonly port: number;
  /** Cuts every connection and waits until the port is free. */
  stop(): Promise<void>;
}

/**
 * Serves HTTPS, or HTTP without a certificate.
 * @param port 0 for a free one
 * @throws {SimulatorOptionError} the port is taken
 */
export async function serve(
  listener: RequestListener,
  port: number,
  certificate: ServerCertificate | undefined,
): Promise<Serving> {
  const server = certificate ? createHttpsServer(certificate, listener) : createHttpServer(listener);
  await listen(server, port);
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, stop };
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
