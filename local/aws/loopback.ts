import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of this machine alone. */
export interface LoopbackServer {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Where a server must listen. */
export interface FixedAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Serves plain HTTP on 127.0.0.1.
 * @param wanted port to take when it is free; another one is taken when it is not, or when it is 0
 */
export async function listenOnLoopback(
  listener: RequestListener,
  wanted: number | FixedAddress = 0,
): Promise<LoopbackServer> {
  const server = createServer(listener);
  return await serveOnLoopback(server, wanted);
}

/** The same for a server that a library made. @throws the fixed address cannot be had */
export async function serveOnLoopback(server: Server, wanted: number | FixedAddress = 0): Promise<LoopbackServer> {
  if (typeof wanted === 'object') await listenThere(server, wanted);
  else {
    try {
      await listen(server, wanted);
    } catch {
      await listen(server, 0);
    }
  }
  const { address, port } = server.address() as AddressInfo;
  return { port, url: `http://${address}:${port}`, stop: () => close(server) };
}

async function listenThere(server: Server, { address, port }: FixedAddress): Promise<void> {
  try {
    await listen(server, port, address);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`port ${port} of ${address} cannot be taken (${code}): choose another with listen or --port`);
  }
}

async function listen(server: Server, port: number, address = '127.0.0.1'): Promise<void> {
  server.listen(port, address);
  await once(server, 'listening'); // or it throws the error
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
