import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** A proxy before PostgreSQL that cuts the first connection on which a COMMIT passes. */
export interface CommitCutter {
  readonly port: number;
  /** Whether it has cut one. */
  cut(): boolean;
  stop(): Promise<void>;
}

const COMMIT = Buffer.from('COMMIT\0');

/** @param when `before` the COMMIT reaches the server, or `after` the server has answered it, and nobody hears the answer */
export async function startCommitCutter(target: number, when: 'before' | 'after'): Promise<CommitCutter> {
  let done = false;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    let committing = false;
    client.on('data', (chunk) => {
      if (!done && chunk.includes(COMMIT)) {
        done = true;
        if (when === 'before') return end();
        committing = true;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => (committing ? end() : client.write(chunk)));
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => done,
    async stop() {
      server.close();
      await once(server, 'close');
    },
  };
}
