import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of this machine alone. */
export interface LoopbackServer {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Serves plain HTTP on 127.0.0.1.
 * @param wanted port to take when it is free; another one is taken when it is not, or when it is 0
 */
export async function listenOnLoopback(listener: RequestListener, wanted = 0): Promise<LoopbackServer> {
  const server = createServer(listener);
  return await serveOnLoopback(server, wanted);
}

/** The same for a server that a library made. */
export async function serveOnLoopback(server: Server, wanted = 0): Promise<LoopbackServer> {
  try {
    await listen(server, wanted);
  } catch {
    await listen(server, 0);
  }
  const address = server.address() as AddressInfo;
  return { port: address.port, url: `http://127.0.0.1:${address.port}`, stop: () => close(server) };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening'); // or it throws the error
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
